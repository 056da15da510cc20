package io.gondola.gateway.dispatch;

import io.gondola.protocol.GenerationRef;
import io.gondola.protocol.GenerationRequest;
import io.gondola.protocol.ToScheduler;
import io.gondola.protocol.ToScheduler.Inquire;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;

/**
 * What this event loop says again because no answer came: a submission that nobody answered is submitted again, as the
 * same attempt; a generation of which nothing was heard for a while is asked after. So no message that is lost leaves a
 * client waiting for its deadline. By the same messages the owners know that this gateway lives.
 */
final class Reminders {

    /** A submission without an answer is said again after so long, then after twice as long, and so on. */
    static final long SUBMIT_AGAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    /** The longest such pause. */
    static final long SUBMIT_AGAIN_NANOS_MAX = TimeUnit.SECONDS.toNanos(4);

    /** A generation of which nothing was heard for so long is asked after. */
    static final long INQUIRE_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** A new owner is asked after what gave no sign of life for so long: by then it has heard the workers. */
    static final long INQUIRE_NEW_OWNER_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

    private static final long PERIOD_NANOS = TimeUnit.MILLISECONDS.toNanos(Inquire.PERIOD_MILLIS);

    private final String gatewayId;
    private final List<Submission> submissions;
    private final BiConsumer<String, ToScheduler> toOwner;
    private long nextNanos;

    /**
     * @param submissions those open, live
     * @param toOwner sends to the owner of a model
     */
    Reminders(String gatewayId, List<Submission> submissions, BiConsumer<String, ToScheduler> toOwner, long nowNanos) {
        this.gatewayId = gatewayId;
        this.submissions = submissions;
        this.toOwner = toOwner;
        nextNanos = nowNanos;
    }

    void onTick(long nowNanos) {
        if (nowNanos - nextNanos < 0) {
            return;
        }
        nextNanos = nowNanos + PERIOD_NANOS;
        Map<String, List<GenerationRef>> silent = new LinkedHashMap<>();
        for (Submission submission : submissions) {
            List<GenerationRef> refs = silent.computeIfAbsent(submission.model(), model -> new ArrayList<>());
            for (Generation generation : submission.generations()) {
                if (generation.isInquiryDue(nowNanos)) {
                    refs.add(generation.ref());
                }
            }
            submitAgain(submission, nowNanos);
        }
        silent.forEach(this::inquire);
    }

    /** The queue of this model has another owner, which may know nothing: it is told at once what no worker has yet. */
    void onOwnerReplaced(String model, long nowNanos, long acceptByNanos) {
        for (Submission submission : submissions) {
            if (submission.model().equals(model)) {
                for (Generation generation : submission.generations()) {
                    generation.toUnanswered(nowNanos, acceptByNanos);
                }
                submitAgain(submission, nowNanos);
            }
        }
    }

    /** First attempts share one message: they are let in together or not at all. What was let in already goes by itself. */
    private void submitAgain(Submission submission, long nowNanos) {
        List<GenerationRequest> first = new ArrayList<>();
        for (Generation generation : submission.generations()) {
            if (generation.isSubmitDue(nowNanos)) {
                GenerationRequest again = generation.submitAgain(submission.remainingNanos(nowNanos), nowNanos);
                boolean wasAccepted = generation.wasAccepted();
                if (again.ref().attempt() == 0 && !wasAccepted) {
                    first.add(again);
                } else {
                    toOwner.accept(submission.model(), new ToScheduler.Submit(List.of(again), wasAccepted));
                }
            }
        }
        if (!first.isEmpty()) {
            toOwner.accept(submission.model(), new ToScheduler.Submit(first));
        }
    }

    private void inquire(String model, List<GenerationRef> refs) {
        int from = 0;
        do {
            int to = Math.min(refs.size(), from + Inquire.REFS_MAX);
            toOwner.accept(model, new Inquire(gatewayId, model, refs.subList(from, to)));
            from = to;
        } while (from < refs.size());
    }
}
