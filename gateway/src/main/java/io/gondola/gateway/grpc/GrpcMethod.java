package io.gondola.gateway.grpc;

/**
 * A method that clients may call.
 *
 * @param needsKey whether it is for those who have a key, where keys are configured; probes have none
 * @param opener makes what hears a call
 */
record GrpcMethod(boolean needsKey, Opener opener) {

    /** Makes what hears a call. */
    interface Opener {
        GrpcCall.Listener open(GrpcCall call);
    }

    static GrpcMethod open(Opener opener) {
        return new GrpcMethod(false, opener);
    }

    static GrpcMethod guarded(Opener opener) {
        return new GrpcMethod(true, opener);
    }
}
