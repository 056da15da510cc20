package io.gondola.standalone.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.gondola.launch.UsageException;
import io.gondola.protocol.GenerationRequest;
import io.gondola.protocol.RequestClass;
import io.gondola.scheduler.simulation.LoadRequest;
import io.gondola.scheduler.simulation.LoadResult.Outcome;
import io.gondola.scheduler.simulation.RecordedRun;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One line of a trace: a client request that ended. {@code docs/trace.md} has the fields.
 *
 * @param arrivalNanos since the gateway's start
 * @param cachedTokens of all its prompts together, computed before for another request
 * @param prefixes the identities of each prompt's first blocks
 */
record TraceLine(
        long arrivalNanos,
        String model,
        RequestClass requestClass,
        String tenant,
        int tenantWeight,
        int[] promptTokens,
        int[] maxTokens,
        int choices,
        int[] outputTokens,
        int cachedTokens,
        long deadlineNanos,
        String outcome,
        long queueNanos,
        long firstTokenNanos,
        long durationNanos,
        String[] prefixes) {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final double NANOS_PER_MILLI = 1e6;
    private static final double MILLIS_MAX = 1e12;
    private static final int TOKENS_MAX = 100_000_000;
    private static final int PROMPTS_MAX = 10_000;
    private static final int WEIGHT_MAX = GenerationRequest.TENANT_WEIGHT_MAX;

    private static final String FORMAT = "gondola-trace";

    /** When the trace began, by its header. @param where file and line, for complaints */
    static Instant started(@Nullable String header, String where) throws UsageException {
        JsonNode json = header == null ? JSON.nullNode() : json(header, where);
        if (!json.path("format").asText().equals(FORMAT)) {
            throw new UsageException(
                    where, "not a trace: the first line must be a header with \"format\":\"" + FORMAT + "\"");
        }
        int version = json.path("version").asInt();
        if (version != TraceReader.VERSION) {
            throw new UsageException(
                    where, "version " + version + " of the format; only " + TraceReader.VERSION + " can be read");
        }
        try {
            return Instant.parse(json.path("startedAt").asText());
        } catch (DateTimeParseException wrong) {
            throw new UsageException(where, "startedAt must be an instant like 2026-11-24T22:00:00Z");
        }
    }

    static TraceLine parse(String line, String where) throws UsageException {
        JsonNode json = json(line, where);
        if (!json.isObject()) {
            throw new UsageException(where, "not a JSON object");
        }
        int[] promptTokens = tokens(json, "promptTokens", 1, 0, where);
        int choices = (int) number(json, "choices", 1, PROMPTS_MAX, where);
        return new TraceLine(
                nanos(json, "arrivalMillis", where),
                text(json, "model", where),
                requestClass(text(json, "class", where), where),
                text(json, "tenant", where),
                json.has("tenantWeight") ? (int) number(json, "tenantWeight", 1, WEIGHT_MAX, where) : 1,
                promptTokens,
                tokens(json, "maxTokens", 0, promptTokens.length, where),
                choices,
                tokens(json, "outputTokens", 0, promptTokens.length * choices, where),
                json.has("cachedTokens") ? (int) number(json, "cachedTokens", 0, TOKENS_MAX, where) : 0,
                Math.max(1, nanos(json, "deadlineMillis", where)),
                text(json, "outcome", where),
                nanos(json, "queueMillis", where),
                json.has("firstTokenMillis") ? nanos(json, "firstTokenMillis", where) : -1,
                nanos(json, "durationMillis", where),
                prefixes(json, promptTokens.length, where));
    }

    private static JsonNode json(String line, String where) throws UsageException {
        try {
            return JSON.readTree(line);
        } catch (JsonProcessingException wrong) {
            throw new UsageException(where, "not JSON: " + wrong.getOriginalMessage());
        }
    }

    private static String text(JsonNode json, String field, String where) throws UsageException {
        if (!json.path(field).isTextual()) {
            throw new UsageException(where, field + " must be a text");
        }
        return json.path(field).asText();
    }

    private static double number(JsonNode json, String field, double min, double max, String where)
            throws UsageException {
        double value = json.path(field).isNumber() ? json.path(field).asDouble() : Double.NaN;
        if (!(value >= min && value <= max)) {
            throw new UsageException(where, field + " must be a number of at least " + (long) min);
        }
        return value;
    }

    private static long nanos(JsonNode json, String field, String where) throws UsageException {
        return Math.round(number(json, field, 0, MILLIS_MAX, where) * NANOS_PER_MILLI);
    }

    /** @param count how many there must be; 0 for at least one */
    private static int[] tokens(JsonNode json, String field, int min, int count, String where) throws UsageException {
        JsonNode array = json.path(field);
        boolean fits = array.isArray() && (count == 0 ? !array.isEmpty() : array.size() == count);
        if (!fits || array.size() > PROMPTS_MAX) {
            throw new UsageException(
                    where, field + " must be an array of " + (count == 0 ? "at least 1" : count) + " whole numbers");
        }
        int[] tokens = new int[array.size()];
        for (int i = 0; i < tokens.length; i++) {
            JsonNode value = array.get(i);
            if (!value.isIntegralNumber()
                    || !value.canConvertToInt()
                    || value.asInt() < min
                    || value.asInt() > TOKENS_MAX) {
                throw new UsageException(where, field + "[" + i + "] must be a whole number of at least " + min);
            }
            tokens[i] = value.asInt();
        }
        return tokens;
    }

    private static String[] prefixes(JsonNode json, int prompts, String where) throws UsageException {
        String[] prefixes = new String[prompts];
        Arrays.fill(prefixes, "");
        for (int i = 0; i < prompts && json.has("prefix"); i++) {
            JsonNode prefix = json.path("prefix").path(i);
            if (!prefix.isTextual() || prefix.asText().length() % LoadRequest.BLOCK_CHARS != 0) {
                throw new UsageException(
                        where,
                        "prefix must have a text for each prompt, " + LoadRequest.BLOCK_CHARS + " characters a block");
            }
            prefixes[i] = prefix.asText();
        }
        return prefixes;
    }

    private static RequestClass requestClass(String word, String where) throws UsageException {
        for (RequestClass known : RequestClass.values()) {
            if (known.name().toLowerCase(Locale.ROOT).equals(word)) {
                return known;
            }
        }
        throw new UsageException(where, "class must be interactive, standard or batch, not '" + word + "'");
    }

    TraceLine withArrival(long nanos) {
        return new TraceLine(
                nanos,
                model,
                requestClass,
                tenant,
                tenantWeight,
                promptTokens,
                maxTokens,
                choices,
                outputTokens,
                cachedTokens,
                deadlineNanos,
                outcome,
                queueNanos,
                firstTokenNanos,
                durationNanos,
                prefixes);
    }

    int generations() {
        return outputTokens.length;
    }

    /** Whether its outputs are as long as they were meant to be. */
    boolean isWhole() {
        return outcome.equals("success");
    }

    int maxTokens(int generation) {
        return maxTokens[generation / choices];
    }

    /** One of its generations, to be replayed. A client that left then leaves as soon now. */
    LoadRequest toRequest(int generation, long arrival, int tokens) {
        int prompt = generation / choices;
        return new LoadRequest(
                arrival,
                tenant,
                tenantWeight,
                requestClass,
                promptTokens[prompt],
                maxTokens[prompt],
                tokens,
                deadlineNanos,
                outcome.equals("cancelled") ? Math.max(1, durationNanos) : LoadRequest.FOR_EVER,
                generation > 0,
                prefixes[prompt]);
    }

    /** What became of it. */
    RecordedRun.End toEnd(int generation, LoadRequest request) {
        Outcome end =
                switch (outcome) {
                    case "success" -> Outcome.COMPLETE;
                    case "cancelled" -> Outcome.CANCELLED;
                    case "timeout" -> firstTokenNanos < 0 ? Outcome.REFUSED : Outcome.LATE;
                    default -> Outcome.REFUSED;
                };
        return new RecordedRun.End(
                request,
                end,
                firstTokenNanos < 0 ? -1 : queueNanos,
                firstTokenNanos,
                durationNanos,
                outputTokens[generation],
                generation == 0 ? cachedTokens : 0);
    }
}
