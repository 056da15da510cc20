/**
 * gRPC, on the port of HTTP: the Open Inference Protocol with Triton's streams, health and reflection. Vert.x gRPC frames
 * the messages; what they mean is here, and what an inference is, is said where {@code /v2} has it.
 */
@NullMarked
package io.gondola.gateway.grpc;

import org.jspecify.annotations.NullMarked;
