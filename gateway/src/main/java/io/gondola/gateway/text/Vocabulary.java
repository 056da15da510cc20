package io.gondola.gateway.text;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The tokens of a tokenizer.json: what each id stands for, and which are special. Immutable. */
final class Vocabulary {

    /** The highest token id that is believed; the table grows with it. */
    static final int TOKEN_ID_MAX = 4_000_000;

    private static final byte[] NO_BYTES = {};
    /** In the table where an id has no token. */
    private static final byte[] NO_TOKEN = {};

    private static final Pattern BYTE_TOKEN = Pattern.compile("<0x([0-9A-Fa-f]{2})>");

    private final byte[][] bytes;
    private final BitSet special = new BitSet();
    private final BitSet byteTokens = new BitSet();
    private final List<String> specialContents;
    private final boolean byteLevel;
    private final Map<String, Integer> addedIds = new HashMap<>();

    private Vocabulary(ModelFile file) throws ModelFilesException {
        String decoder = file.json().path("decoder").toString();
        byteLevel = "ByteLevel".equals(file.json().path("decoder").path("type").textValue());
        boolean byteAlphabet = decoder.contains("\"ByteLevel\"");
        boolean byteFallback = decoder.contains("\"ByteFallback\"");
        boolean metaspace = decoder.contains("\"Metaspace\"") || decoder.contains("\u2581");
        Map<Integer, String> tokens = tokensOf(file);
        int highest = tokens.keySet().stream().mapToInt(id -> id).max().orElse(-1);
        bytes = new byte[highest + 1][];
        Arrays.fill(bytes, NO_TOKEN);
        tokens.forEach((id, token) -> {
            Matcher matcher = BYTE_TOKEN.matcher(token);
            if (byteFallback && matcher.matches()) {
                byteTokens.set(id);
                bytes[id] = new byte[] {(byte) Integer.parseInt(matcher.group(1), 16)};
            } else {
                bytes[id] = byteAlphabet
                        ? ByteLevelAlphabet.bytesOf(token)
                        : (metaspace ? token.replace('\u2581', ' ') : token).getBytes(StandardCharsets.UTF_8);
            }
        });
        specialContents = readAddedTokens(file);
    }

    static Vocabulary of(ModelFile tokenizerJson) throws ModelFilesException {
        return new Vocabulary(tokenizerJson);
    }

    private static Map<Integer, String> tokensOf(ModelFile file) throws ModelFilesException {
        JsonNode vocab = file.json().path("model").path("vocab");
        Map<Integer, String> tokens = new HashMap<>();
        if (vocab.isObject()) {
            for (Map.Entry<String, JsonNode> entry : vocab.properties()) {
                tokens.put(requireId(file, entry.getValue()), entry.getKey());
            }
        } else if (vocab.isArray()) {
            for (int id = 0; id < vocab.size(); id++) {
                tokens.put(id, vocab.get(id).path(0).asText());
            }
        } else {
            throw file.expected("no model.vocab; a tokenizer.json of the tokenizers library has one");
        }
        for (JsonNode added : file.json().path("added_tokens")) {
            tokens.put(requireId(file, added.path("id")), added.path("content").asText());
        }
        return tokens;
    }

    private List<String> readAddedTokens(ModelFile file) throws ModelFilesException {
        List<String> contents = new ArrayList<>();
        for (JsonNode added : file.json().path("added_tokens")) {
            int id = requireId(file, added.path("id"));
            String content = added.path("content").asText();
            addedIds.put(content, id);
            // An added token is written as it is, whatever the decoder would make of its characters: log
            // probabilities show it so.
            if (added.path("special").asBoolean()) {
                special.set(id);
                bytes[id] = content.getBytes(StandardCharsets.UTF_8);
                contents.add(content);
            }
        }
        return List.copyOf(contents);
    }

    private static int requireId(ModelFile file, JsonNode id) throws ModelFilesException {
        if (!id.isIntegralNumber() || !id.canConvertToInt() || id.intValue() < 0 || id.intValue() > TOKEN_ID_MAX) {
            throw file.expected("a token id must be an integer from 0 to " + TOKEN_ID_MAX + ", not " + id);
        }
        return id.intValue();
    }

    /** Whether the decoder is the byte-level one alone: then text is nothing but the tokens' bytes in a row. */
    boolean isByteLevel() {
        return byteLevel;
    }

    /** One more than the highest id. */
    int size() {
        return bytes.length;
    }

    /** What the token stands for; empty for an id that no token has. Not to be changed. */
    byte[] bytes(int id) {
        return id >= 0 && id < bytes.length ? bytes[id] : NO_BYTES;
    }

    boolean isSpecial(int id) {
        return id >= 0 && special.get(id);
    }

    /** Whether the token is a single byte written {@code <0xNN>}. */
    boolean isByteToken(int id) {
        return id >= 0 && byteTokens.get(id);
    }

    /** Whether the token adds nothing to a text: special, or no token at all. */
    boolean isSilent(int id) {
        return id < 0 || id >= bytes.length || bytes[id] == NO_TOKEN || special.get(id);
    }

    /** How the special tokens are written. */
    List<String> specialContents() {
        return specialContents;
    }

    /** The id of an added token, or null. */
    @Nullable
    Integer addedId(@Nullable String content) {
        return content == null ? null : addedIds.get(content);
    }
}
