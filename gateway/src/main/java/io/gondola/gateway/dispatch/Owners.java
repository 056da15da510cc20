package io.gondola.gateway.dispatch;

import io.gondola.protocol.OwnerWatch;
import io.gondola.protocol.wire.Addresses;
import java.util.HashMap;
import java.util.Map;

/** Who owns the queue of each model, as far as this event loop has heard, and where to reach it. */
final class Owners {

    private static final class Owner {
        final OwnerWatch watch = new OwnerWatch();
        long epoch = OwnerWatch.NOBODY;
    }

    private final Map<String, Owner> byModel = new HashMap<>();

    enum Heed {
        /** It was replaced: what it says does not count. */
        IGNORED,
        HEEDED,
        /** It counts, and another was heeded before: what that one had is for this one to hear of. */
        REPLACED
    }

    Heed heed(String model, long epoch, long nowNanos) {
        Owner owner = byModel.computeIfAbsent(model, absent -> new Owner());
        if (!owner.watch.tryHeed(epoch, nowNanos)) {
            return Heed.IGNORED;
        }
        boolean isReplaced = owner.epoch != epoch && owner.epoch != OwnerWatch.NOBODY;
        owner.epoch = epoch;
        return isReplaced ? Heed.REPLACED : Heed.HEEDED;
    }

    /** The life of the owner that is heard, or whoever owns the queue while none is. */
    String address(String model, long nowNanos) {
        Owner owner = byModel.get(model);
        return Addresses.scheduler(model, owner == null ? OwnerWatch.NOBODY : owner.watch.epochAt(nowNanos));
    }
}
