package io.gondola.protocol;

/**
 * The owner of a model's queue says that it lives; published to every gateway and worker of the model at least once in
 * {@link #PERIOD_MILLIS}, and first of all when it begins.
 *
 * @param model served name
 * @param epoch names this life of the owner. A later owner has a larger one, as far as clocks agree; what is done when
 *     they do not is said at {@link OwnerWatch}
 */
public record OwnerAlive(String model, long epoch) {

    public static final long PERIOD_MILLIS = 500;
}
