package io.gondola.gateway.keys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gondola.protocol.RequestClass;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.HexFormat;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ApiKeyFileTest {

    private static final String SECRET = "sk-a-secret";
    private static final String HASH = HexFormat.of().formatHex(ApiKeys.hash(SECRET));

    @TempDir
    private Path folder;

    private Path file(String text) throws Exception {
        return Files.writeString(folder.resolve("keys.yaml"), text);
    }

    private ApiKeys read(String text) throws Exception {
        return new ApiKeyFile(file(text), Map.of("KEY", SECRET + "\n", "BLANK", " ")::get).read();
    }

    @Test
    void hashesAndVariablesNameTheSameKey() throws Exception {
        // What sha256sum says of it.
        assertThat(HASH).isEqualTo("9b595a05777eb32fac8933dc6d04cea5b657ad0a8b4bc17da42a16f9d64e790d");
        ApiKey byHash =
                read("keys:\n  - {sha256: \"" + HASH + "\", tenant: acme}").tryFind(SECRET);
        assertThat(byHash).isEqualTo(new ApiKey("acme", 1, RequestClass.STANDARD, RequestClass.INTERACTIVE));
        ApiKey byVariable =
                read("keys:\n  - environment: KEY\n    tenant: acme\n    class: batch\n    highest-class: standard\n")
                        .tryFind(SECRET);
        assertThat(byVariable).isEqualTo(new ApiKey("acme", 1, RequestClass.BATCH, RequestClass.STANDARD));
    }

    @Test
    void onlyTheWholeKeyIsTheKey() throws Exception {
        ApiKeys keys = read("keys: [{environment: KEY, tenant: t}]");
        for (String wrong : new String[] {"", " ", SECRET + " ", SECRET.substring(1), SECRET.toUpperCase(), HASH}) {
            assertThat(keys.tryFind(wrong)).as(wrong).isNull();
        }
        assertThat(keys.tryFind(SECRET)).isNotNull();
    }

    @Test
    void aBoundedKeyHasADefaultWithinItsBound() throws Exception {
        ApiKey key = read("keys: [{environment: KEY, tenant: t, highest-class: batch}]")
                .tryFind(SECRET);
        assertThat(key).isEqualTo(new ApiKey("t", 1, RequestClass.BATCH, RequestClass.BATCH));
        assertThat(key.mayUse(RequestClass.BATCH)).isTrue();
        assertThat(key.mayUse(RequestClass.STANDARD)).isFalse();
    }

    @Test
    void anOwnerHasAWeight() throws Exception {
        ApiKeys keys = read("keys: [{environment: KEY, tenant: t, weight: 3}, {sha256: \"" + "0".repeat(64)
                + "\", tenant: t, weight: 3}, {sha256: \"" + "1".repeat(64) + "\", tenant: u}]");
        assertThat(keys.tryFind(SECRET)).extracting(ApiKey::tenantWeight).isEqualTo(3);
        assertThat(keys.size()).isEqualTo(3);
    }

    @Test
    void keysOfOneOwnerHaveOneWeight() {
        assertThatThrownBy(() -> read("keys: [{environment: KEY, tenant: t, weight: 3}, {sha256: \"" + "0".repeat(64)
                        + "\", tenant: t}]"))
                .isInstanceOf(ApiKeysException.class)
                .hasMessageContaining("keys[1].weight: another key of this tenant has weight 3");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "keys: []|keys: must be a list of 1 to 10000 keys",
                "key: 1|keys: must be a list",
                "keys: [sk-a-secret]|keys[0]: must be a map",
                "keys: [{tenant: t}]|keys[0]: must have one of 'sha256' and 'environment'",
                "keys: [{environment: KEY, sha256: x, tenant: t}]|keys[0]: must have one of",
                "keys: [{environment: KEY}]|keys[0].tenant: must be a text",
                "keys: [{environment: KEY, tenant: ' '}]|keys[0].tenant: must have 1 to 256 characters",
                "keys: [{environment: NONE, tenant: t}]|keys[0].environment: the variable NONE is not set",
                "keys: [{environment: BLANK, tenant: t}]|keys[0].environment: the variable BLANK is not set",
                "keys: [{sha256: sk-a-secret, tenant: t}]|keys[0].sha256: must be 64 hexadecimal digits",
                "keys: [{environment: KEY, tenant: t, class: vip}]|keys[0].class: must be interactive, standard or batch",
                "keys: [{environment: KEY, tenant: t, class: standard, highest-class: batch}]|keys[0].class: is above",
                "keys: [{environment: KEY, tenant: t, sk-a-secret: 1}]|keys[0]: has a field that is none of sha256",
                "keys: [{environment: KEY, tenant: t}, {environment: KEY, tenant: u}]|keys[1]: is the same key",
                "keys: [{environment: KEY, tenant: t, weight: 0}]|keys[0].weight: must be a whole number from 1 to 1000",
                "keys: [{environment: KEY, tenant: t, weight: 1001}]|keys[0].weight: must be a whole number",
                "keys: [{environment: KEY, tenant: t, weight: 1.5}]|keys[0].weight: must be a whole number",
                "keys: [{environment: KEY, tenant: t, weight: '2'}]|keys[0].weight: must be a whole number",
                "keys: [{environment: KEY, tenant: t, weight: sk-a-secret}]|keys[0].weight: must be a whole number",
                "keys: [{environment: KEY, tenant: sk-a-secret|line 1: not valid YAML",
            })
    void whatIsWrongIsNamedAndNoKeyIsTold(String text, String complaint) throws Exception {
        assertThatThrownBy(() -> read(text))
                .isInstanceOf(ApiKeysException.class)
                .hasMessageStartingWith(folder.resolve("keys.yaml") + ": ")
                .hasMessageContaining(complaint)
                .message()
                .doesNotContain(SECRET)
                .hasLineCount(1);
    }

    @Test
    void aFileThatIsNotThereIsSaidToBeMissing() {
        assertThatThrownBy(() -> ApiKeyStore.open(folder.resolve("none"), name -> null))
                .isInstanceOf(ApiKeysException.class)
                .hasMessage(folder.resolve("none") + ": no such file, or not readable");
    }

    @Test
    void aChangedFileHoldsAndAWrongOneDoesNot() throws Exception {
        Path file = file("keys: [{sha256: \"" + HASH + "\", tenant: old}]");
        ApiKeyStore store = ApiKeyStore.open(file, name -> null);
        file("keys: [{sha256: \"" + HASH + "\", tenant: renamed}]");
        // Also where two writes fall into one tick of the file system's clock.
        Files.setLastModifiedTime(file, FileTime.fromMillis(1_000));
        store.refresh();
        assertThat(store.tryFind(SECRET)).extracting(ApiKey::tenant).isEqualTo("renamed");
        file("keys: nonsense");
        store.refresh();
        assertThat(store.tryFind(SECRET)).extracting(ApiKey::tenant).isEqualTo("renamed");
        Files.delete(file);
        store.refresh();
        assertThat(store.tryFind(SECRET)).isNotNull();
        file("keys: [{sha256: \"" + "0".repeat(64) + "\", tenant: other}]");
        store.refresh();
        assertThat(store.tryFind(SECRET)).isNull();
    }
}
