package io.gondola.worker.launch;

/** What computes the tokens. */
public enum EngineKind {
    /** The model itself. */
    TENSORFLOW,
    /** A cost model and a deterministic text; reads the model's tokenizer but not its weights. */
    SIMULATED
}
