package io.gondola.scheduler.presence;

/**
 * Who is missed when. Workers and gateways say at least every half second that they live, so each of these is a number of
 * messages in a row that must be lost, or a pause so long, before somebody is missed who lives; that costs computing
 * again, and no client sees it.
 *
 * @param aliveNanos how often this owner says that it lives; 0 never, and then nobody is missed
 * @param workerSilenceNanos a worker silent for longer is gone
 * @param gatewaySilenceNanos a gateway silent for longer is gone
 * @param gatewaysMax gateways watched for silence
 */
public record PresenceLimits(long aliveNanos, long workerSilenceNanos, long gatewaySilenceNanos, int gatewaysMax) {

    private static final long SECOND_NANOS = 1_000_000_000L;

    public PresenceLimits {
        boolean isOn = aliveNanos > 0;
        if (aliveNanos < 0 || workerSilenceNanos > 0 != isOn || gatewaySilenceNanos > 0 != isOn || gatewaysMax < 0) {
            throw new IllegalArgumentException("aliveNanos " + aliveNanos + ", workerSilenceNanos " + workerSilenceNanos
                    + ", gatewaySilenceNanos " + gatewaySilenceNanos + ", gatewaysMax " + gatewaysMax);
        }
    }

    /** Four silent periods of a worker, six of a gateway. */
    public static PresenceLimits standard() {
        return new PresenceLimits(SECOND_NANOS / 2, 2 * SECOND_NANOS, 3 * SECOND_NANOS, 10_000);
    }

    /** For a world in which no message is lost and everybody who goes says so. */
    public static PresenceLimits off() {
        return new PresenceLimits(0, 0, 0, 0);
    }
}
