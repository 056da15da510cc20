package io.gondola.gateway.openai;

import java.util.List;

/** The models beside those that generate text, for whoever lists models or asks the wrong one. They come and go. */
public interface OtherModels {

    /** There are none. */
    OtherModels NONE = new OtherModels() {
        @Override
        public boolean has(String name) {
            return false;
        }

        @Override
        public List<String> embeddingNames() {
            return List.of();
        }
    };

    /** Whether there is one of this name. */
    boolean has(String name);

    /** Those that give embeddings, in order. */
    List<String> embeddingNames();
}
