package io.gondola.protocol;

import java.util.Collections;
import java.util.List;

/**
 * What a worker is told by the owner of a model's queue, each in a {@link Fenced}. Every message names the model it is
 * about.
 */
public sealed interface ToWorker {

    /** The served name of the model this is about. */
    String model();

    /** The scheduler knows the worker now; how much a step may hold. */
    record Welcome(String model, StepBudget budget) implements ToWorker {}

    /**
     * The worker is not taken, and nothing will board it. What it still has from another owner leaves before the next
     * step: this owner keeps no account of it, and may have let the same aboard elsewhere. Said again to each census.
     */
    record Refused(String model, String reason) implements ToWorker {}

    /**
     * These board: a slot and KV room is theirs from the next step on.
     *
     * @param waits how long each of them waited, in the same order
     */
    record Admit(String model, List<GenerationRequest> generations, List<QueueWait> waits) implements ToWorker {
        public Admit {
            generations = List.copyOf(generations);
            waits = List.copyOf(waits);
            if (waits.size() != generations.size()) {
                throw new IllegalArgumentException(generations.size() + " generations, " + waits.size() + " waits");
            }
        }

        /** None of them waited. */
        public Admit(String model, List<GenerationRequest> generations) {
            this(model, generations, Collections.nCopies(generations.size(), QueueWait.NONE));
        }
    }

    /** These leave before the next step; unknown ones are ignored. */
    record Revoke(String model, List<GenerationRef> refs) implements ToWorker {
        public Revoke {
            refs = List.copyOf(refs);
        }
    }
}
