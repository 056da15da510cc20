package io.gondola.gateway.http;

import io.gondola.gateway.openai.ApiException;
import io.vertx.core.Future;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Parses requests, whatever they came in: small ones where they are, large ones on the {@link TextPool}. */
public final class RequestParsing {

    private static final Logger LOG = LoggerFactory.getLogger(RequestParsing.class);

    private final ServerParts parts;

    public RequestParsing(ServerParts parts) {
        this.parts = parts;
    }

    /** A request or an error. */
    public record Parsed<T>(@Nullable T request, @Nullable ErrorReply error) {

        /** The error of one that is none. */
        public ErrorReply requireError() {
            return error != null ? error : ErrorReply.internal();
        }
    }

    /**
     * Parses one.
     *
     * @param bytes how many it has
     * @param parser makes the request of them, or throws {@link ApiException}; also off the event loop, where it may read
     *     what is replaced and never changed
     * @param onRead called once, when the bytes are not needed any more
     * @param onParsed given the request, or why there is none
     */
    public <T> void parse(int bytes, Supplier<T> parser, Runnable onRead, Consumer<Parsed<T>> onParsed) {
        if (bytes <= parts.limits().inlineBodyBytesMax()) {
            Parsed<T> parsed = parse(bytes, parser);
            onRead.run();
            onParsed.accept(parsed);
        } else {
            parseOffLoop(bytes, parser, onRead, onParsed);
        }
    }

    /** The same for one that takes long however small it is. */
    public <T> void parseOffLoop(int bytes, Supplier<T> parser, Runnable onRead, Consumer<Parsed<T>> onParsed) {
        Future<Parsed<T>> parsing = parts.textPool().tryRun(() -> parse(bytes, parser));
        if (parsing == null) {
            onRead.run();
            int queueMax = parts.limits().textQueueMax();
            onParsed.accept(new Parsed<T>(null, ErrorReply.overloaded("textQueueMax", queueMax)));
            return;
        }
        parsing.onComplete(ended -> {
            onRead.run();
            Parsed<T> parsed = ended.result();
            onParsed.accept(parsed != null ? parsed : new Parsed<T>(null, ErrorReply.internal()));
        });
    }

    private static <T> Parsed<T> parse(int bytes, Supplier<T> parser) {
        try {
            return new Parsed<T>(parser.get(), null);
        } catch (ApiException invalid) {
            return new Parsed<T>(null, ErrorReply.of(invalid));
        } catch (RuntimeException | StackOverflowError fault) {
            LOG.error("a request of {} bytes could not be parsed", bytes, fault);
            return new Parsed<T>(null, ErrorReply.internal());
        }
    }
}
