package io.gondola.gateway.http;

import io.gondola.gateway.dispatch.GenerationFailure;
import io.gondola.gateway.dispatch.SchedulerClient;
import io.gondola.gateway.dispatch.Submission;
import io.gondola.gateway.dispatch.SubmissionListener;
import io.gondola.gateway.metrics.ModelMetrics;
import io.gondola.gateway.metrics.Outcome;
import io.gondola.gateway.openai.TextRequest;
import io.gondola.gateway.openai.Usage;
import io.gondola.gateway.stream.ChoiceText;
import io.gondola.gateway.text.IncrementalDetokenizer;
import io.gondola.gateway.text.Tokenizer;
import io.gondola.protocol.AttemptStart;
import io.gondola.protocol.FinishReason;
import io.gondola.protocol.TokenChunk;
import io.gondola.protocol.TokenLogprobs;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One client request for text from its submission to the end of its answer: tokens come in, text collects for each
 * choice, and a subclass gives it out, whole or as a stream. Ends once: answered, failed, or with the client gone.
 */
abstract class TextCall implements SubmissionListener {

    private static final long NEVER = Long.MIN_VALUE;

    private final TextOrigin origin;
    private final TextRequest text;
    private final CallParts parts;
    private final ModelMetrics metrics;
    private final ChoiceText[] choices;
    private final boolean[] hasPrompt;
    private final @Nullable String[] finishReasons;
    private final long[] lastTokenNanos;
    private final long deadlineNanos;
    private int finishedCount;
    private final ServerTiming timing;
    private final int[] cachedTokens;
    private boolean hasFirstToken;
    private boolean isOver;
    private @Nullable Submission submission;

    TextCall(TextOrigin origin, TextRequest text, CallParts parts) {
        this.origin = origin;
        this.text = text;
        this.parts = parts;
        metrics = parts.metrics().ofModel(text.model().name());
        int count = text.generations();
        choices = new ChoiceText[count];
        for (int i = 0; i < count; i++) {
            choices[i] = new ChoiceText(newDetokenizer(i), text.stopStrings());
        }
        hasPrompt = new boolean[count];
        finishReasons = new String[count];
        timing = new ServerTiming(origin.arrivedNanos(), count);
        cachedTokens = new int[count];
        lastTokenNanos = new long[count];
        Arrays.fill(lastTokenNanos, NEVER);
        deadlineNanos = origin.arrivedNanos() + text.timeoutNanos();
    }

    /** A completion goes on where its prompt ends; an answer in a chat begins a text. */
    private IncrementalDetokenizer newDetokenizer(int index) {
        Tokenizer tokenizer = text.model().tokenizer();
        return text.kind().continuesPrompt()
                ? tokenizer.newDetokenizer(text.prompts().get(index / text.n()).tokens())
                : tokenizer.newDetokenizer();
    }

    /** Submits it. */
    final void start(SchedulerClient client, GenerationRequests requests) {
        if (text.echo() && !text.promptLogprobs()) {
            for (int i = 0; i < choices.length; i++) {
                prependPrompt(i, List.of());
            }
        }
        metrics.onSubmitted(promptTokens());
        if (needsNoWorker()) {
            onAccepted();
            for (int i = 0; i < choices.length; i++) {
                onFinished(i, FinishReason.LENGTH);
            }
            onFlush();
            return;
        }
        long timeoutNanos = deadlineNanos - nowNanos();
        if (timeoutNanos <= 0) {
            fail(ErrorReply.deadline());
            return;
        }
        submission = client.trySubmit(requests.of(text, timeoutNanos), deadlineNanos, this);
        if (submission == null) {
            fail(ErrorReply.overloaded("generationsOpenMax", parts.limits().generationsOpenMax()));
        }
    }

    /** An echo of the prompt alone. */
    private boolean needsNoWorker() {
        if (text.promptLogprobs()) {
            return false;
        }
        for (TextRequest.Prompt prompt : text.prompts()) {
            if (prompt.maxTokens() > 0) {
                return false;
            }
        }
        return true;
    }

    @Override
    public final void onAccepted() {
        timing.onAccepted(nowNanos());
        toAccepted();
    }

    /** The scheduler took it. */
    abstract void toAccepted();

    @Override
    public final boolean onTokens(int index, TokenChunk chunk, long nowNanos) {
        AttemptStart start = chunk.start();
        if (start != null) {
            timing.onStart(index, chunk.ref().attempt(), start);
            onStart(index, start);
        }
        if (text.promptLogprobs() && !hasPrompt[index]) {
            prependPrompt(index, chunk.promptLogprobs());
        }
        if (chunk.tokens().length == 0) {
            return false;
        }
        measure(index, nowNanos);
        return choices[index].append(chunk.tokens(), chunk.logprobs());
    }

    /** A later attempt computes output again too, so what it finds cached may exceed the prompt. */
    private void onStart(int index, AttemptStart start) {
        int promptLength = text.prompts().get(index / text.n()).tokens().length;
        cachedTokens[index] = Math.max(cachedTokens[index], Math.min(start.cachedTokens(), promptLength));
    }

    private void prependPrompt(int index, List<TokenLogprobs> logprobs) {
        hasPrompt[index] = true;
        choices[index].prepend(text.prompts().get(index / text.n()).text(), logprobs);
    }

    private void measure(int index, long nowNanos) {
        timing.onTokens(nowNanos);
        if (!hasFirstToken) {
            hasFirstToken = true;
            metrics.onFirstToken(nowNanos - origin.arrivedNanos());
        }
        if (lastTokenNanos[index] != NEVER) {
            metrics.onNextTokens(nowNanos - lastTokenNanos[index]);
        }
        lastTokenNanos[index] = nowNanos;
    }

    @Override
    public final void onFinished(int index, FinishReason reason) {
        ChoiceText choice = choices[index];
        choice.finish();
        // The rest may have been what completed a stop string.
        FinishReason seen = choice.isStopped() ? FinishReason.STOP : reason;
        finishReasons[index] = seen.name().toLowerCase(Locale.ROOT);
        finishedCount++;
    }

    @Override
    public final void onFailed(GenerationFailure failure) {
        timing.onRefused(failure.waitReason());
        fail(ErrorReply.of(failure));
    }

    /** Ends it with an error, unless it is over. */
    final void fail(ErrorReply error) {
        if (!isOver) {
            cancelRest();
            end(Outcome.ofStatus(error.error().status()));
            answer(error);
        }
    }

    /** Answers with an error. */
    abstract void answer(ErrorReply error);

    /** The client has left: nobody reads, so nobody needs to compute. */
    public final void onClientGone() {
        if (!isOver) {
            // Counted first: once no generation is open any more, every request has its outcome.
            end(Outcome.CANCELLED);
            cancelRest();
        }
    }

    private void cancelRest() {
        Submission rest = submission;
        if (rest != null) {
            rest.cancel();
        }
    }

    /** The one place where a call ends. */
    final void end(Outcome outcome) {
        isOver = true;
        onEnd();
        long nowNanos = nowNanos();
        metrics.onCallEnd(outcome, timing.toAnswered(nowNanos));
        if (parts.trace().isOn() && !needsNoWorker()) {
            parts.trace().record(CallTrace.of(this, timing, usage().cachedTokens(), outcome, nowNanos));
        }
        origin.log(outcome, nowNanos);
    }

    /** For what a subclass has to take back. */
    void onEnd() {}

    final boolean isOver() {
        return isOver;
    }

    final boolean isAllFinished() {
        return finishedCount == choices.length;
    }

    final long arrivedNanos() {
        return origin.arrivedNanos();
    }

    final TextRequest text() {
        return text;
    }

    final CallParts parts() {
        return parts;
    }

    final int choiceCount() {
        return choices.length;
    }

    final ChoiceText choice(int index) {
        return choices[index];
    }

    /** OpenAI's word for how it ended; null while it goes on. */
    final @Nullable String finishReason(int index) {
        return finishReasons[index];
    }

    final long deadlineNanos() {
        return deadlineNanos;
    }

    final long nowNanos() {
        return parts.nanoClock().getAsLong();
    }

    /** Where the time went until now, as {@code Server-Timing} has it. */
    final String timing() {
        return timing.value(nowNanos());
    }

    final Usage usage() {
        int completionTokens = 0;
        for (ChoiceText choice : choices) {
            completionTokens += choice.tokenCount();
        }
        return new Usage(promptTokens(), cachedTokens(), completionTokens);
    }

    /** As prompts are counted: once for all its choices, by the one that found the most. */
    private int cachedTokens() {
        int tokens = 0;
        for (int prompt = 0; prompt < text.prompts().size(); prompt++) {
            int most = 0;
            for (int i = prompt * text.n(); i < (prompt + 1) * text.n(); i++) {
                most = Math.max(most, cachedTokens[i]);
            }
            tokens += most;
        }
        return tokens;
    }

    private int promptTokens() {
        int tokens = 0;
        for (TextRequest.Prompt prompt : text.prompts()) {
            tokens += prompt.tokens().length;
        }
        return tokens;
    }
}
