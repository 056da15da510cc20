package io.gondola.gateway.text;

/**
 * One message of a chat, as the template sees it.
 *
 * @param role system, developer, user, assistant or tool
 * @param content its text; empty where the client gave none
 */
public record ChatMessage(String role, String content) {}
