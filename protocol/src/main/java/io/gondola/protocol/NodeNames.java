package io.gondola.protocol;

/** The names of what a process runs: its node id, a mark, and the rest. Whoever has the name knows where it is. */
public final class NodeNames {

    private static final char NODE_END = '~';

    private NodeNames() {}

    /** The name of something that a process runs. */
    public static String idOn(String nodeId, String rest) {
        return nodeId + NODE_END + rest;
    }

    /** The process that runs this. */
    public static String nodeOf(String id) {
        int end = id.indexOf(NODE_END);
        return end < 0 ? id : id.substring(0, end);
    }

    /** Whether {@code id} names this process, or something that it runs. */
    public static boolean isOn(String nodeId, String id) {
        return id.equals(nodeId) || nodeOf(id).equals(nodeId);
    }
}
