package io.gondola.gateway.http;

import io.gondola.gateway.metrics.Outcome;
import io.gondola.gateway.openai.TextRequest;
import java.util.function.Consumer;

/**
 * A call for one text that another protocol than HTTP gives out: its receiver is given what is new when it has room for it, or
 * all at the end where the request wants no stream.
 */
public final class RelayedCall extends TextCall {

    private final Receiver receiver;
    private final Consumer<RelayedCall> starter;

    /** Who gives the text out. */
    public interface Receiver extends TextOrigin {

        /** Whether more must wait; {@link RelayedCall#onRoom} says when it need not any more. */
        boolean isBlocked();

        /** Text that is new, and not the last. */
        void onText(String text);

        /**
         * The last text, which may be none. Once; nothing follows.
         *
         * @param finishReason OpenAI's word for how it ended
         */
        void onFinish(String text, String finishReason);

        /** It failed. Once; nothing follows. */
        void onFailed(ErrorReply error);
    }

    RelayedCall(Receiver receiver, TextRequest request, CallParts parts, Consumer<RelayedCall> starter) {
        super(receiver, request, parts);
        this.receiver = receiver;
        this.starter = starter;
    }

    /** Submits it. */
    public void start() {
        starter.accept(this);
    }

    /** There is room for text again. */
    public void onRoom() {
        onFlush();
    }

    @Override
    void toAccepted() {
        // Nothing to say before the first text.
    }

    @Override
    public void onFlush() {
        if (isOver() || receiver.isBlocked()) {
            return;
        }
        String reason = finishReason(0);
        if (reason != null) {
            String rest = choice(0).takeText();
            end(Outcome.SUCCESS);
            receiver.onFinish(rest, reason);
        } else if (text().stream() && choice(0).hasText()) {
            receiver.onText(choice(0).takeText());
        }
    }

    @Override
    void answer(ErrorReply error) {
        receiver.onFailed(error);
    }
}
