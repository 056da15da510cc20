package io.gondola.gateway.keys;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import io.gondola.protocol.GenerationRequest;
import io.gondola.protocol.RequestClass;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** The file of API keys, YAML: a list {@code keys}, as docs/api-keys.md has it. */
final class ApiKeyFile {

    static final int KEYS_MAX = 10_000;

    /** Larger than this, it is some other file. */
    private static final long FILE_BYTES_MAX = 4_000_000;

    private static final int TENANT_CHARS_MAX = 256;
    private static final List<String> FIELDS =
            List.of("sha256", "environment", "tenant", "weight", "class", "highest-class");
    private static final ObjectMapper YAML = new ObjectMapper(YAMLFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private final Path file;
    private final UnaryOperator<@Nullable String> environment;

    /** @param environment the value of a variable; null where it is not set */
    ApiKeyFile(Path file, UnaryOperator<@Nullable String> environment) {
        this.file = file;
        this.environment = environment;
    }

    ApiKeys read() throws ApiKeysException {
        JsonNode keys = parse().path("keys");
        if (!keys.isArray() || keys.isEmpty() || keys.size() > KEYS_MAX) {
            throw wrong("keys", "must be a list of 1 to " + KEYS_MAX + " keys");
        }
        ApiKeys read = new ApiKeys();
        Map<String, ApiKey> owners = new HashMap<>();
        for (int i = 0; i < keys.size(); i++) {
            String where = "keys[" + i + "]";
            JsonNode node = keys.get(i);
            if (!node.isObject()) {
                throw wrong(where, "must be a map with 'sha256' or 'environment', and 'tenant'");
            }
            for (Map.Entry<String, JsonNode> field : node.properties()) {
                if (!FIELDS.contains(field.getKey())) {
                    // Not the name itself: who mistypes may have put a key there.
                    throw wrong(where, "has a field that is none of " + String.join(", ", FIELDS));
                }
            }
            ApiKey key = key(node, where);
            ApiKey other = owners.putIfAbsent(key.tenant(), key);
            if (other != null && other.tenantWeight() != key.tenantWeight()) {
                throw wrong(where + ".weight", "another key of this tenant has weight " + other.tenantWeight());
            }
            if (!read.tryAdd(hash(node, where), key)) {
                throw wrong(where, "is the same key as one before it");
            }
        }
        return read;
    }

    private JsonNode parse() throws ApiKeysException {
        try {
            if (!Files.isRegularFile(file) || !Files.isReadable(file)) {
                throw new ApiKeysException(file + ": no such file, or not readable");
            }
            if (Files.size(file) > FILE_BYTES_MAX) {
                throw new ApiKeysException(file + ": larger than " + FILE_BYTES_MAX + " bytes");
            }
            return YAML.readTree(Files.readString(file));
        } catch (JsonProcessingException bad) {
            // Not the parser's own words, which quote the file.
            String line =
                    bad.getLocation() == null ? "" : "line " + bad.getLocation().getLineNr() + ": ";
            throw new ApiKeysException(file + ": " + line + "not valid YAML");
        } catch (IOException unreadable) {
            throw new ApiKeysException(file + ": cannot be read: " + unreadable);
        }
    }

    private byte[] hash(JsonNode node, String where) throws ApiKeysException {
        if (node.has("sha256") == node.has("environment")) {
            throw wrong(where, "must have one of 'sha256' and 'environment'");
        }
        if (node.has("environment")) {
            String variable = text(node, "environment", where);
            String key = environment.apply(variable);
            if (key == null || key.isBlank()) {
                throw wrong(where + ".environment", "the variable " + variable + " is not set");
            }
            return ApiKeys.hash(key.strip());
        }
        String hash = text(node, "sha256", where);
        if (!hash.matches("[0-9a-fA-F]{64}")) {
            throw wrong(where + ".sha256", "must be 64 hexadecimal digits, quoted");
        }
        return HexFormat.of().parseHex(hash);
    }

    private ApiKey key(JsonNode node, String where) throws ApiKeysException {
        String tenant = text(node, "tenant", where);
        if (tenant.isBlank() || tenant.length() > TENANT_CHARS_MAX) {
            throw wrong(where + ".tenant", "must have 1 to " + TENANT_CHARS_MAX + " characters");
        }
        RequestClass byDefault = requestClass(node, "class", where, RequestClass.STANDARD);
        RequestClass highest = requestClass(node, "highest-class", where, RequestClass.INTERACTIVE);
        if (byDefault.compareTo(highest) < 0) {
            // Whoever bounds a key and says no more means a default within the bound.
            if (node.has("class")) {
                throw wrong(where + ".class", "is above highest-class");
            }
            byDefault = highest;
        }
        return new ApiKey(tenant, weight(node, where), byDefault, highest);
    }

    private int weight(JsonNode node, String where) throws ApiKeysException {
        JsonNode weight = node.path("weight");
        int most = GenerationRequest.TENANT_WEIGHT_MAX;
        if (!weight.isMissingNode() && !(weight.isInt() && weight.intValue() >= 1 && weight.intValue() <= most)) {
            throw wrong(where + ".weight", "must be a whole number from 1 to " + most);
        }
        return weight.asInt(1);
    }

    private RequestClass requestClass(JsonNode node, String field, String where, RequestClass absent)
            throws ApiKeysException {
        if (!node.has(field)) {
            return absent;
        }
        String word = node.path(field).asText();
        for (RequestClass known : RequestClass.values()) {
            if (known.name().toLowerCase(Locale.ROOT).equals(word)) {
                return known;
            }
        }
        throw wrong(where + "." + field, "must be interactive, standard or batch");
    }

    private String text(JsonNode node, String field, String where) throws ApiKeysException {
        if (!node.path(field).isTextual()) {
            throw wrong(where + "." + field, "must be a text");
        }
        return node.path(field).asText();
    }

    private ApiKeysException wrong(String where, String what) {
        return new ApiKeysException(file + ": " + where + ": " + what);
    }
}
