package io.gondola.launch.logging;

/** How a log line looks. */
public enum LogFormat {
    /** For a person at a terminal. */
    TEXT,
    /** One JSON object a line, Elastic Common Schema. */
    JSON
}
