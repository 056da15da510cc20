package io.gondola.worker.engine;

import java.util.Locale;

/** In which numbers an engine keeps the matrices of a model and multiplies with them. Everything else is single precision. */
public enum Precision {
    /** Single precision, the reference: 4 bytes a weight. */
    F32,
    /** bfloat16: 2 bytes a weight; activations are rounded to bfloat16 before each product. */
    BF16,
    /**
     * 8-bit integers: weights with one scale for each output channel, activations with one for each row, so that a
     * row's answer does not depend on its batch mates.
     */
    INT8,
    /** {@link #BF16} where the processor multiplies it in hardware, otherwise {@link #F32}. */
    AUTO;

    /** As options name it. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
