package io.gondola.launch;

import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Everything that can be set, once: the option, the environment variable, the key in the file and the help text all come
 * from here.
 */
public enum Setting {
    MODEL(
            Command.READS_MODELS,
            "[NAME=]DIR",
            "",
            "A model to serve: a Hugging Face directory. Served under NAME, or else under the directory's name. May be "
                    + "given several times; in the environment separated by commas, in the file as a list. Default: "
                    + "the demo model, gondola-guide."),
    MODEL_REPOSITORY(
            Command.READS_MODELS,
            "DIR",
            "",
            "A directory of models that take tensors, SavedModels and ONNX files, laid out as TensorFlow Serving and "
                    + "Triton have it: NAME/VERSION/saved_model.pb or NAME/VERSION/model.onnx. In a cluster for workers, "
                    + "and for gateways that are asked for embeddings: they read the tokenizers in it."),
    HOST(
            Command.EVERY,
            "ADDRESS",
            "127.0.0.1",
            "The address to listen at. The default is reachable from this machine only; 0.0.0.0 is reachable from "
                    + "everywhere."),
    PORT(Command.SERVES_HTTP, "PORT", "8080", "The port to listen at; 0 picks a free one and prints it."),
    ENGINE(
            Command.COMPUTES,
            "ENGINE",
            "tensorflow",
            "What computes: tensorflow, or simulated, which makes up its tokens and is meant for load tests and for "
                    + "developing clients."),
    SIMULATED_STEP(
            Command.COMPUTES,
            "MS[:MS[:MS]]",
            "16:0.2:0.12",
            "How long a step of the simulated engine takes, in milliseconds: itself, more for each sequence, more for each "
                    + "prompt token. 0 takes no time."),
    SLOTS(Command.COMPUTES, "COUNT", "8", "Sequences that are computed together, for each model."),
    MAX_CONTEXT(
            Command.READS_MODELS,
            "TOKENS",
            "0",
            "The most tokens of a sequence, prompt and output together; 0 takes what each model has. Less needs less memory "
                    + "for the KV cache. In a cluster, the same for gateways and workers."),
    KV_MEMORY(
            Command.COMPUTES,
            "SIZE",
            "50%",
            "Memory for the KV caches of all models together: a size such as 512MiB or 4GiB, or a share of the memory that "
                    + "is available to this process beside the weights. More than a whole context for each slot is not "
                    + "taken."),
    KV_PRECISION(
            Command.COMPUTES,
            "PRECISION",
            "f32",
            "The numbers that a KV cache is kept in: f32, or bf16, which takes half the memory."),
    THREADS(Command.COMPUTES, "COUNT", "0", "Threads that compute; 0 takes all processors."),
    PRECISION(
            Command.COMPUTES,
            "PRECISION",
            "f32",
            "The numbers that a model's matrices are kept and multiplied in: f32, the reference; bf16; int8, the fastest "
                    + "on a processor; or auto: bf16 where the processor has it in hardware, otherwise f32."),
    DEVICE(
            Command.COMPUTES,
            "DEVICE",
            "auto",
            "What computes: cpu, gpu, or gpu:1 for the second one; auto is a GPU where there is one and this build has "
                    + "TensorFlow for CUDA (-Pgpu), otherwise the processor. int8 is for the processor only."),
    MAX_QUEUE(
            Command.SCHEDULES,
            "COUNT",
            "1024",
            "Generations of a model that may wait; beyond it clients get 429 and Retry-After."),
    MAX_QUEUE_INTERACTIVE(Command.SCHEDULES, "REQUESTS[:TOKENS]", "", quotaDescription("class interactive")),
    MAX_QUEUE_STANDARD(Command.SCHEDULES, "REQUESTS[:TOKENS]", "", quotaDescription("class standard")),
    MAX_QUEUE_BATCH(Command.SCHEDULES, "REQUESTS[:TOKENS]", "", quotaDescription("class batch")),
    MAX_QUEUE_TENANT(Command.SCHEDULES, "REQUESTS[:TOKENS]", "", quotaDescription("one tenant")),
    MAX_HELD(
            Command.SCHEDULES,
            "COUNT",
            "",
            "Generations of a model that may wait while it has no worker and none is loading it; beyond it clients get 503 "
                    + "and Retry-After. 0 holds none. Default: as many as may wait in all."),
    HOLD_TIMEOUT(
            Command.HOLDS,
            "SECONDS",
            "300",
            "How long a generation may wait without a worker, and at a gateway of a cluster without a scheduler; then its "
                    + "client gets 503."),
    REQUEST_TIMEOUT(
            Command.SERVES_HTTP,
            "SECONDS",
            "600",
            "The deadline of a request without an X-Request-Timeout header; beyond it clients get 504."),
    API_KEYS(
            Command.SERVES_HTTP,
            "FILE",
            "",
            "A YAML file of the API keys that may come in, their owners and classes; read again when it changes. Default: "
                    + "everybody may."),
    RECORD_TRACE(
            Command.SERVES_HTTP,
            "FILE",
            "",
            "Writes a line for each request that ends, without its text, for ./gondola simulate --trace. What is there "
                    + "already is kept as FILE.1."),
    RECORD_TRACE_MEGABYTES(
            Command.SERVES_HTTP,
            "COUNT",
            "256",
            "A trace beyond this size goes on in a new file; the last eight are kept."),
    MANAGEMENT_PORT(
            Command.MANAGED,
            "PORT",
            "9090",
            "The port of /metrics, /health/live and /health/ready at --host; 0 picks a free one and prints it."),
    CLUSTER_NAME(Command.ROLES, "NAME", "gondola", "Processes of one name find each other, others do not mix."),
    CLUSTER_MEMBERS(
            Command.ROLES,
            "HOST:PORT,...",
            "",
            "Where schedulers are: their --cluster-host and --cluster-port. Those that are not there are tried again. "
                    + "Default: this machine's --cluster-port."),
    CLUSTER_DNS(
            Command.ROLES,
            "NAME[:PORT]",
            "",
            "In place of --cluster-members: a DNS name that has an address record for each scheduler, such as a headless "
                    + "service of Kubernetes, and their --cluster-port where it is not that of this process."),
    CLUSTER_HOST(
            Command.ROLES,
            "ADDRESS",
            "127.0.0.1",
            "The address of this process in the cluster: Hazelcast and the event bus listen at it."),
    CLUSTER_PUBLIC_HOST(
            Command.ROLES, "ADDRESS", "", "How the others reach it where that is another address than --cluster-host."),
    CLUSTER_PORT(Command.ROLES, "PORT", "5701", "The port of Hazelcast: who is there; 0 picks a free one."),
    BUS_PORT(Command.ROLES, "PORT", "15701", "The port of the event bus: all messages; 0 picks a free one."),
    CLUSTER_TLS_CERT(
            Command.ROLES,
            "FILE",
            "",
            "This process's certificate (PEM). With its key and the CA the event bus is encrypted, and only who has a "
                    + "certificate of that CA is spoken to."),
    CLUSTER_TLS_KEY(Command.ROLES, "FILE", "", "Its private key (PEM, PKCS#8)."),
    CLUSTER_TLS_CA(Command.ROLES, "FILE", "", "The certificate of the CA (PEM)."),
    DRAIN_TIMEOUT(
            Command.DRAINS,
            "SECONDS",
            "30",
            "How long what is open may go on after SIGTERM; then a worker hands it over, and a gateway ends it."),
    SHUTDOWN_DELAY(
            Command.SERVES_CLUSTER,
            "SECONDS",
            "2",
            "How long a gateway that says it is not ready goes on taking connections, so that load balancers notice."),
    CONFIG(
            Command.EVERY,
            "FILE",
            "",
            "A YAML file with any of these options by their names, for example 'port: 8081'. Paths in it are relative to "
                    + "the current directory."),
    LOG_FORMAT(Command.EVERY, "FORMAT", "text", "text, or json: Elastic Common Schema, an object a line."),
    LOG_LEVEL(Command.EVERY, "LEVEL", "info", "trace, debug, info, warn, error or off.");

    private final Set<Command> commands;
    private final String label;
    private final String defaultText;
    private final String description;

    Setting(Set<Command> commands, String label, String defaultText, String description) {
        this.commands = commands;
        this.label = label;
        this.defaultText = defaultText;
        this.description = description;
    }

    private static String quotaDescription(String whose) {
        return "Generations, and inferences, of " + whose
                + " that may wait, and their prompt tokens, for each model; beyond it clients get "
                + "429. Default: as many as may wait in all.";
    }

    /** Whether this command takes it. */
    public boolean isOf(Command command) {
        return commands.contains(command);
    }

    /** The key in the configuration file, and the option without its dashes. */
    String key() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    public String option() {
        return "--" + key();
    }

    String variable() {
        return "GONDOLA_" + name();
    }

    /** What stands for the value in the help text. */
    String label() {
        return label;
    }

    /** Empty where the default is not a text. */
    public String defaultText() {
        return defaultText;
    }

    String description() {
        return description;
    }

    boolean isRepeatable() {
        return this == MODEL;
    }

    /** What an environment variable's value stands for. */
    List<String> split(String value) {
        return isRepeatable() ? List.of(value.split(",", -1)) : List.of(value);
    }
}
