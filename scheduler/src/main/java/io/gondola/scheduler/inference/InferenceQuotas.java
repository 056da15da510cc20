package io.gondola.scheduler.inference;

import io.gondola.protocol.RequestClass;

/**
 * Inferences of one version that may wait of each class, and of one tenant over all classes, within what may wait in all.
 *
 * @param interactiveMax of class interactive
 * @param standardMax of class standard
 * @param batchMax of class batch
 * @param tenantMax of any one tenant
 */
public record InferenceQuotas(int interactiveMax, int standardMax, int batchMax, int tenantMax) {

    /** No bounds other than those of the whole queue. */
    public static final InferenceQuotas NONE =
            new InferenceQuotas(Integer.MAX_VALUE, Integer.MAX_VALUE, Integer.MAX_VALUE, Integer.MAX_VALUE);

    public InferenceQuotas {
        if (Math.min(Math.min(interactiveMax, standardMax), Math.min(batchMax, tenantMax)) < 1) {
            throw new IllegalArgumentException("quotas must be at least 1: " + interactiveMax + ", " + standardMax
                    + ", " + batchMax + ", " + tenantMax);
        }
    }

    int of(RequestClass requestClass) {
        return switch (requestClass) {
            case INTERACTIVE -> interactiveMax;
            case STANDARD -> standardMax;
            case BATCH -> batchMax;
        };
    }
}
