package io.gondola.worker.embedding;

/**
 * A way to make one vector of the vectors of a text's tokens, as sentence-transformers' {@code Pooling} has it. In its order:
 * where a model has several, their vectors stand one behind the other in this one.
 */
public enum Pooling {
    /** The first token's. */
    CLS("pooling_mode_cls_token") {
        @Override
        void pool(TokenVectors tokens, float[] into, int at) {
            tokens.copy(0, into, at);
        }
    },
    /** The largest of each dimension. */
    MAX("pooling_mode_max_tokens") {
        @Override
        void pool(TokenVectors tokens, float[] into, int at) {
            for (int i = 0; i < tokens.width(); i++) {
                float largest = MASKED;
                for (int token = 0; token < tokens.length(); token++) {
                    largest = Math.max(largest, tokens.weight(token) > 0 ? tokens.value(token, i) : MASKED);
                }
                into[at + i] = largest;
            }
        }
    },
    MEAN("pooling_mode_mean_tokens") {
        @Override
        void pool(TokenVectors tokens, float[] into, int at) {
            tokens.sum(token -> tokens.weight(token), count -> count, into, at);
        }
    },
    /** The sum over the root of their number. */
    MEAN_SQRT_LEN("pooling_mode_mean_sqrt_len_tokens") {
        @Override
        void pool(TokenVectors tokens, float[] into, int at) {
            tokens.sum(token -> tokens.weight(token), Math::sqrt, into, at);
        }
    },
    /** The mean in which the first token counts once, the second twice. */
    WEIGHTEDMEAN("pooling_mode_weightedmean_tokens") {
        @Override
        void pool(TokenVectors tokens, float[] into, int at) {
            tokens.sum(token -> tokens.weight(token) * (token + 1.0), count -> count, into, at);
        }
    },
    LASTTOKEN("pooling_mode_lasttoken") {
        @Override
        void pool(TokenVectors tokens, float[] into, int at) {
            tokens.copy(tokens.last(), into, at);
        }
    };

    /** What sentence-transformers puts in the place of what is no token. */
    private static final float MASKED = -1e9f;

    private final String key;

    Pooling(String key) {
        this.key = key;
    }

    /** The key in {@code 1_Pooling/config.json}. */
    String key() {
        return key;
    }

    /** Writes a vector as wide as the tokens'. */
    abstract void pool(TokenVectors tokens, float[] into, int at);
}
