package io.gondola.protocol;

import java.util.List;

/**
 * What a gateway is told. What comes from a scheduler names the epoch of its life, so that one that was replaced is not
 * heeded: see {@link OwnerWatch}.
 */
public sealed interface ToGateway {

    /** The scheduler took these into its queue: the client may be told that it is being served. */
    record Accepted(long epoch, List<GenerationRef> refs) implements ToGateway {
        public Accepted {
            refs = List.copyOf(refs);
        }
    }

    /** The scheduler will not run these. */
    record Rejected(long epoch, List<GenerationRef> refs, Rejection rejection) implements ToGateway {
        public Rejected {
            refs = List.copyOf(refs);
        }
    }

    /**
     * One message for each gateway and step, straight from the worker: tokens neither wait for the scheduler nor load
     * it.
     */
    record TokenFrame(String workerId, String model, List<TokenChunk> chunks) implements ToGateway {
        public TokenFrame {
            chunks = List.copyOf(chunks);
        }
    }

    /** The scheduler does not have these, or no worker has them any more: submit them again, with the tokens so far, as the next attempt. */
    record AttemptLost(long epoch, List<GenerationRef> refs) implements ToGateway {
        public AttemptLost {
            refs = List.copyOf(refs);
        }
    }
}
