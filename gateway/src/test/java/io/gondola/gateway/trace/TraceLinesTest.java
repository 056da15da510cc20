package io.gondola.gateway.trace;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TraceLinesTest {

    private static final long MILLI = TraceRecords.MILLI;

    private static TraceLines lines() {
        return new TraceLines(Pseudonyms.drawn(), Instant.parse("2026-01-02T03:04:05.678Z"), 10 * MILLI);
    }

    private static JsonNode json(byte[] line) throws Exception {
        String text = new String(line, StandardCharsets.UTF_8);
        assertThat(text).endsWith("}\n").hasLineCount(1);
        return new ObjectMapper().readTree(text);
    }

    private static String prefix(TraceLines lines, int... tokens) throws Exception {
        return json(lines.of(TraceRecords.of(0, "t", tokens))).at("/prefix/0").asText();
    }

    private static int[] blocks(int count, int changedAt) {
        return IntStream.range(0, count * TraceRecord.PREFIX_BLOCK_TOKENS)
                .map(i -> i == changedAt ? -i : i)
                .toArray();
    }

    @Test
    void theHeaderTellsTheFormatAndTheClock() throws Exception {
        assertThat(json(lines().header()))
                .isEqualTo(new ObjectMapper()
                        .readTree(
                                "{\"format\":\"gondola-trace\",\"version\":1,\"startedAt\":\"2026-01-02T03:04:05.678Z\","
                                        + "\"prefixBlockTokens\":32,\"prefixBlocksMax\":64}"));
    }

    @Test
    void aLineTellsSizesTimesAndFate() throws Exception {
        JsonNode line = json(lines().of(TraceRecords.of(12 * MILLI + 345_600, "")));
        assertThat(line)
                .isEqualTo(new ObjectMapper()
                        .readTree("{\"arrivalMillis\":2.346,\"model\":\"model\",\"class\":\"batch\",\"tenant\":\"\","
                                + "\"tenantWeight\":3,\"promptTokens\":[5],\"maxTokens\":[50],\"choices\":2,\"outputTokens\":[7,9],"
                                + "\"cachedTokens\":3,\"deadlineMillis\":600.0,\"outcome\":\"success\","
                                + "\"queueMillis\":2.0,\"waitReason\":\"no_slot\",\"firstTokenMillis\":15.0,"
                                + "\"durationMillis\":41.235,\"prefix\":[\"\"]}"));
    }

    @Test
    void aTenantHasOnePseudonymPerProcess() throws Exception {
        TraceLines lines = lines();
        String name = json(lines.of(TraceRecords.of(0, "acme"))).path("tenant").asText();
        assertThat(name).hasSize(12).doesNotContain("acme");
        assertThat(json(lines.of(TraceRecords.of(9, "acme"))).path("tenant").asText())
                .isEqualTo(name);
        assertThat(json(lines.of(TraceRecords.of(0, "acmf"))).path("tenant").asText())
                .isNotEqualTo(name);
        assertThat(json(lines().of(TraceRecords.of(0, "acme"))).path("tenant").asText())
                .isNotEqualTo(name);
    }

    @Test
    void promptsShareAsManyBlocksAsTheirPseudonymsShare() throws Exception {
        TraceLines lines = lines();
        String whole = prefix(lines, blocks(3, -1));
        assertThat(whole).hasSize(24);
        assertThat(prefix(lines, blocks(2, -1))).isEqualTo(whole.substring(0, 16));
        String other = prefix(lines, blocks(3, 40));
        assertThat(other.substring(0, 8)).isEqualTo(whole.substring(0, 8));
        // What follows a difference is different, though its own tokens are the same.
        assertThat(other.substring(8, 16)).isNotEqualTo(whole.substring(8, 16));
        assertThat(other.substring(16)).isNotEqualTo(whole.substring(16));
        assertThat(prefix(lines(), blocks(3, -1))).isNotEqualTo(whole);
    }
}
