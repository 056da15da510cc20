package io.gondola.gateway.http;

import io.gondola.gateway.metrics.Outcome;
import io.gondola.gateway.openai.FinishedChoice;
import io.gondola.gateway.openai.ResponseShape;
import io.gondola.gateway.openai.TextRequest;
import java.util.ArrayList;
import java.util.List;

/** A call whose answer is one JSON document. */
final class WholeCall extends TextCall {

    private final Exchange exchange;
    private final ResponseShape shape;

    WholeCall(Exchange exchange, TextRequest text, ResponseShape shape, CallParts parts) {
        super(exchange, text, parts);
        this.exchange = exchange;
        this.shape = shape;
    }

    @Override
    void toAccepted() {
        // Nothing to say before the answer.
    }

    @Override
    public void onFlush() {
        if (!isOver() && isAllFinished()) {
            byte[] answer = shape.whole(finishedChoices(), usage());
            end(Outcome.SUCCESS);
            exchange.timing(timing());
            exchange.json(200, answer);
        }
    }

    private List<FinishedChoice> finishedChoices() {
        List<FinishedChoice> finished = new ArrayList<>(choiceCount());
        for (int i = 0; i < choiceCount(); i++) {
            String reason = finishReason(i);
            if (reason == null) {
                throw new IllegalStateException("choice " + i + " has not ended");
            }
            finished.add(new FinishedChoice(i, choice(i).takeText(), choice(i).takeLogprobs(), reason));
        }
        return finished;
    }

    @Override
    void answer(ErrorReply error) {
        exchange.timing(timing());
        exchange.error(error);
    }
}
