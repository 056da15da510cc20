package io.gondola.gateway.openai;

import io.gondola.gateway.text.ServedModel;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** The models a gateway serves, by name. Immutable. */
public final class ServedModels {

    private ServedModels() {}

    public static ServedModels of(Collection<ServedModel> models) {
        throw new UnsupportedOperationException();
    }

    /** In the order given. */
    public Collection<ServedModel> all() {
        throw new UnsupportedOperationException();
    }

    /**
     * The model of that name, or the only one there is when a request names none.
     *
     * @throws ApiException 404 when there is no such model, 400 when none is named and there are several
     */
    public ServedModel find(@Nullable String name) {
        throw new UnsupportedOperationException();
    }

    /** The body of {@code GET /v1/models}. */
    public byte[] listJson() {
        throw new UnsupportedOperationException();
    }

    /** The body of {@code GET /v1/models/{id}}. */
    public byte[] modelJson(String name) {
        throw new UnsupportedOperationException();
    }
}
