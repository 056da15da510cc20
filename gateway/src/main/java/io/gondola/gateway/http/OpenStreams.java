package io.gondola.gateway.http;

import java.util.ArrayList;
import java.util.List;

/** The streamed calls of one event loop that have not ended, so that one tick serves their heartbeats and stall limits. */
final class OpenStreams {

    private final List<StreamedCall> calls = new ArrayList<>();

    void add(StreamedCall call) {
        call.position = calls.size();
        calls.add(call);
    }

    /** Its place is taken by the last one. */
    void remove(StreamedCall call) {
        StreamedCall last = calls.remove(calls.size() - 1);
        if (last != call) {
            calls.set(call.position, last);
            last.position = call.position;
        }
    }

    void onTick(long nowNanos) {
        // From the end, because whoever ends is replaced by the last.
        for (int i = calls.size() - 1; i >= 0; i--) {
            if (i < calls.size()) {
                calls.get(i).onTick(nowNanos);
            }
        }
    }
}
