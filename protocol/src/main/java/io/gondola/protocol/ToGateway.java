package io.gondola.protocol;

import java.util.List;

/** What a gateway is told. */
public sealed interface ToGateway {

    /** The scheduler took these into its queue: the client may be told that it is being served. */
    record Accepted(List<GenerationRef> refs) implements ToGateway {
        public Accepted {
            refs = List.copyOf(refs);
        }
    }

    /** The scheduler will not run these. */
    record Rejected(List<GenerationRef> refs, Rejection rejection) implements ToGateway {
        public Rejected {
            refs = List.copyOf(refs);
        }
    }

    /**
     * One message for each gateway and step, straight from the worker: tokens neither wait for the scheduler nor load
     * it.
     */
    record TokenFrame(String workerId, List<TokenChunk> chunks) implements ToGateway {
        public TokenFrame {
            chunks = List.copyOf(chunks);
        }
    }

    /** The worker that had these is gone: submit them again, with the tokens so far, as the next attempt. */
    record AttemptLost(List<GenerationRef> refs) implements ToGateway {
        public AttemptLost {
            refs = List.copyOf(refs);
        }
    }
}
