package io.gondola.gateway.trace;

/** Takes note of requests that have ended. Never holds up who tells it. */
public interface TraceRecorder {

    /** Takes note of nothing. */
    TraceRecorder OFF = new TraceRecorder() {
        @Override
        public boolean isOn() {
            return false;
        }

        @Override
        public void record(TraceRecord ended) {
            // Off.
        }

        @Override
        public void close() {
            // Nothing is open.
        }
    };

    /** Whether there is any use in telling it. */
    boolean isOn();

    void record(TraceRecord ended);

    /** Writes what waits and ends; may take a while. */
    void close();
}
