package io.gondola.worker.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What may be taken, under control groups of both versions as the kernel writes them. */
class AvailableMemoryTest {

    private static final long MIB = 1 << 20;

    @TempDir
    Path root;

    private void file(String path, String content) throws IOException {
        Path file = root.resolve(path);
        Files.createDirectories(file.getParent());
        Files.writeString(file, content + "\n");
    }

    private void machine() throws IOException {
        file("proc/meminfo", "MemTotal:       16777216 kB\nMemFree:          100 kB\nMemAvailable:    8388608 kB");
    }

    @Test
    void theMachineAlone() throws Exception {
        machine();
        AvailableMemory available = AvailableMemory.read(root);
        assertThat(available.bytes()).isEqualTo(8192 * MIB);
        assertThat(available.explanation()).isEqualTo("this machine has 16,384 MiB, of which 8,192 MiB are available");
    }

    @Test
    void theGroupOfAContainerAndTheGroupsAbove() throws Exception {
        machine();
        file("proc/self/cgroup", "0::/kubepods/pod7/main");
        file("sys/fs/cgroup/kubepods/pod7/main/memory.max", "max");
        file("sys/fs/cgroup/kubepods/pod7/main/memory.current", "" + 700 * MIB);
        file("sys/fs/cgroup/kubepods/pod7/memory.max", "" + 2048 * MIB);
        file("sys/fs/cgroup/kubepods/pod7/memory.current", "" + 1000 * MIB);
        file(
                "sys/fs/cgroup/kubepods/pod7/memory.stat",
                "anon 5\nfile_mapped " + 150 * MIB + "\ninactive_file " + 300 * MIB + "\nactive_file " + 50 * MIB);
        AvailableMemory available = AvailableMemory.read(root);
        assertThat(available.bytes()).isEqualTo((2048 - 800) * MIB);
        assertThat(available.explanation())
                .isEqualTo("the limit of this process's control group is 2,048 MiB, of which 1,248 MiB are free");
    }

    @Test
    void aContainerThatSeesItsGroupAsTheRoot() throws Exception {
        machine();
        file("proc/self/cgroup", "0::/");
        file("sys/fs/cgroup/memory.max", "" + 512 * MIB);
        file("sys/fs/cgroup/memory.current", "" + 100 * MIB);
        assertThat(AvailableMemory.read(root).bytes()).isEqualTo(412 * MIB);
    }

    @Test
    void theFirstVersion() throws Exception {
        machine();
        file("proc/self/cgroup", "9:cpu,cpuacct:/x\n4:memory:/docker/abc\n0::/");
        file("sys/fs/cgroup/memory/docker/abc/memory.limit_in_bytes", "" + 4096 * MIB);
        file("sys/fs/cgroup/memory/docker/abc/memory.usage_in_bytes", "" + 5000 * MIB);
        file(
                "sys/fs/cgroup/memory/docker/abc/memory.stat",
                "inactive_file 1\ntotal_inactive_file " + 500 * MIB + "\ntotal_mapped_file 7\ntotal_active_file 7");
        file("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712");
        file("sys/fs/cgroup/memory/memory.usage_in_bytes", "" + 9000 * MIB);
        AvailableMemory full = AvailableMemory.read(root);
        assertThat(full.bytes()).as("more is in use than allowed").isZero();
        file("sys/fs/cgroup/memory/docker/abc/memory.usage_in_bytes", "" + 1000 * MIB);
        assertThat(AvailableMemory.read(root).bytes()).isEqualTo((4096 - 500) * MIB);
    }

    @Test
    void aGroupThatLeavesMoreThanTheMachineHasDoesNotCount() throws Exception {
        machine();
        file("proc/self/cgroup", "0::/");
        file("sys/fs/cgroup/memory.max", "" + 65_536 * MIB);
        file("sys/fs/cgroup/memory.current", "0");
        assertThat(AvailableMemory.read(root).bytes()).isEqualTo(8192 * MIB);
    }

    @Test
    void thisMachineHasSome() {
        AvailableMemory here = AvailableMemory.ofThisProcess();
        assertThat(here.bytes()).isGreaterThan(MIB);
        assertThat(AvailableMemory.read(root).bytes()).as("nothing is known").isGreaterThan(1L << 60);
    }

    /** The weights come off first, and the message names the device. */
    @Test
    void aGpusMemoryIsDividedAsTheMachines() throws Exception {
        AvailableMemory gpu = AvailableMemory.ofGpu(1, 1000L << 20);
        ModelMemory model = new ModelMemory("m", 600L << 20, 100L << 20, 900L << 20);
        assertThat(KvMemory.DEFAULT.divide(List.of(model), gpu)).containsExactly(200L << 20);
        ModelMemory larger = new ModelMemory("m", 950L << 20, 100L << 20, 900L << 20);
        assertThatThrownBy(() -> KvMemory.DEFAULT.divide(List.of(larger), gpu))
                .isInstanceOf(EngineException.class)
                .hasMessageContaining("GPU 1 has 1,000 MiB free for this process");
    }
}
