package io.gondola.standalone.logging;

/** How a log line looks. */
public enum LogFormat {
    /** For a person at a terminal. */
    TEXT,
    /** One JSON object a line, Elastic Common Schema. */
    JSON
}
