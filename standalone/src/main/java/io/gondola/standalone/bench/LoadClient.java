package io.gondola.standalone.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/**
 * The process that makes the load: reads a {@link LoadPlan} a line from its standard input, carries it out, and writes a
 * {@link LoadResult} a line. Ends with its input, so with whoever started it.
 */
public final class LoadClient {

    private static final ObjectMapper JSON = new ObjectMapper();

    private LoadClient() {}

    public static void main(String[] args) throws IOException {
        serve(new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)), System.out);
    }

    static void serve(BufferedReader plans, PrintStream results) throws IOException {
        for (String line = plans.readLine(); line != null; line = plans.readLine()) {
            LoadResult result;
            try (LoadRun run = new LoadRun(JSON.readValue(line, LoadPlan.class))) {
                result = run.run();
            }
            results.println(JSON.writeValueAsString(result));
            results.flush();
        }
    }
}
