package io.gondola.worker.engine;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * How much memory the KV caches of a process may take, all models together: so many bytes, or a share of what its weights
 * leave free.
 *
 * @param bytes 0 where a share is given
 * @param percent of what is free beside the weights; 0 where bytes are given
 */
public record KvMemory(long bytes, int percent) {

    /** The other half is for the heap, for what a step computes with, and for everybody else on the machine. */
    public static final KvMemory DEFAULT = ofPercent(50);

    private static final String SHORTER_CONTEXT = "; a shorter context needs less (--max-context)";

    private static final Pattern TEXT =
            Pattern.compile("([0-9]{1,9})(\\.[0-9]{1,3})?(%|B|KiB|MiB|GiB|TiB|KB|MB|GB|TB)");
    private static final Map<String, Long> UNITS = Map.of(
            "B",
            1L,
            "KiB",
            1L << 10,
            "MiB",
            1L << 20,
            "GiB",
            1L << 30,
            "TiB",
            1L << 40,
            "KB",
            1_000L,
            "MB",
            1_000_000L,
            "GB",
            1_000_000_000L,
            "TB",
            1_000_000_000_000L);

    /** Beyond this a number is surely a mistake. */
    private static final BigDecimal BYTES_MAX = BigDecimal.valueOf(1L << 50);

    public KvMemory {
        if (bytes < 0 || percent < 0 || percent > 100 || (bytes == 0) == (percent == 0)) {
            throw new IllegalArgumentException(bytes + " bytes, " + percent + " %");
        }
    }

    public static KvMemory ofBytes(long bytes) {
        return new KvMemory(bytes, 0);
    }

    public static KvMemory ofPercent(int percent) {
        return new KvMemory(0, percent);
    }

    /**
     * Reads {@code 512MiB}, {@code 1.5GiB}, {@code 25%}.
     *
     * @throws IllegalArgumentException where it is nothing like that; the message says what was expected
     */
    public static KvMemory parse(String text) {
        Matcher matcher = TEXT.matcher(text);
        if (matcher.matches()) {
            String decimals = matcher.group(2) == null ? "" : matcher.group(2);
            BigDecimal number = new BigDecimal(matcher.group(1) + decimals);
            Long unit = UNITS.get(matcher.group(3));
            if (unit == null && decimals.isEmpty() && number.signum() > 0 && number.intValue() <= 100) {
                return ofPercent(number.intValue());
            }
            BigDecimal bytes = unit == null ? BigDecimal.ZERO : number.multiply(BigDecimal.valueOf(unit));
            if (bytes.compareTo(BigDecimal.ONE) >= 0 && bytes.compareTo(BYTES_MAX) <= 0) {
                return ofBytes(bytes.longValue());
            }
        }
        throw new IllegalArgumentException("expected a size such as 512MiB or 4GiB, or a share from 1% to 100%");
    }

    /**
     * The bytes of each model's cache. No model gets more than it can use; what one leaves goes to the others.
     *
     * @param available to this process, weights not counted
     * @throws EngineException where the weights do not fit, or a model would not get room for one whole context; the
     *     message says how much was needed and how much there is
     */
    public List<Long> divide(List<ModelMemory> models, AvailableMemory available) throws EngineException {
        long weightBytes = models.stream().mapToLong(ModelMemory::weightBytes).sum();
        long leastBytes = models.stream().mapToLong(ModelMemory::kvBytesMin).sum();
        long leftBytes = available.bytes() - weightBytes;
        String needs = "the weights take " + mebibytes(weightBytes) + " MiB" + eachOf(models)
                + " and a KV cache that holds one whole context at least " + mebibytes(leastBytes) + " MiB; "
                + available.explanation();
        if (leftBytes < leastBytes) {
            throw new EngineException("out of memory: " + needs + (leftBytes > 0 ? SHORTER_CONTEXT : ""));
        }
        if (bytes > leftBytes) {
            throw new EngineException(
                    "out of memory: a KV cache of " + mebibytes(bytes) + " MiB was asked for, but " + needs);
        }
        long kvBytes = bytes > 0 ? bytes : leftBytes / 100 * percent;
        // A share that nobody asked for gives way to the least that is of use.
        if (kvBytes < leastBytes && !equals(DEFAULT)) {
            throw new EngineException(
                    "a KV cache of " + mebibytes(kvBytes) + " MiB is too small: " + needs + SHORTER_CONTEXT);
        }
        return divide(models, Math.max(kvBytes, leastBytes));
    }

    /**
     * The bytes of a model's cache when its turn to be loaded has come: those that the options give it, and where these are
     * a share, no more than that share of what is still free. Loading itself, and others on the machine, take memory.
     *
     * @throws EngineException as {@link #divide}
     */
    public static long ofModel(ModelMemory model, EngineOptions options, AvailableMemory available)
            throws EngineException {
        long bytes = options.kvBytesMax() == 0 ? model.kvBytesMax() : options.kvBytesMax();
        return options.kvPercent() == 0
                ? ofBytes(bytes).divide(List.of(model), available).get(0)
                : Math.min(
                        bytes,
                        ofPercent(options.kvPercent())
                                .divide(List.of(model), available)
                                .get(0));
    }

    /** Everybody gets the least, then all grow alike until they have enough. */
    private static List<Long> divide(List<ModelMemory> models, long kvBytes) {
        List<Long> shares =
                new ArrayList<>(models.stream().map(ModelMemory::kvBytesMin).toList());
        long left = kvBytes - shares.stream().mapToLong(Long::longValue).sum();
        boolean grown = true;
        while (grown) {
            long hungry = 0;
            for (int i = 0; i < shares.size(); i++) {
                hungry += shares.get(i) < models.get(i).kvBytesMax() ? 1 : 0;
            }
            long each = hungry == 0 ? 0 : left / hungry;
            grown = false;
            for (int i = 0; i < shares.size() && each > 0; i++) {
                long more = Math.min(each, models.get(i).kvBytesMax() - shares.get(i));
                shares.set(i, shares.get(i) + more);
                left -= more;
                grown |= more > 0;
            }
        }
        return List.copyOf(shares);
    }

    private static String eachOf(List<ModelMemory> models) {
        return models.size() == 1
                ? ""
                : models.stream()
                        .map(model -> model.model() + " " + mebibytes(model.weightBytes()))
                        .collect(Collectors.joining(", ", " (", ")"));
    }

    static String mebibytes(double bytes) {
        return String.format(Locale.ROOT, "%,d", (long) Math.ceil(bytes / (1 << 20)));
    }
}
