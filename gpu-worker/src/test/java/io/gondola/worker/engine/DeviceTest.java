package io.gondola.worker.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DeviceTest {

    @Test
    void devicesAreReadFromText() {
        assertThat(Device.parse("auto")).isEqualTo(Device.AUTO);
        assertThat(Device.parse("CPU")).isEqualTo(Device.CPU);
        assertThat(Device.parse("gpu")).isEqualTo(new Device(Device.Kind.GPU, 0));
        assertThat(Device.parse("gpu:3")).isEqualTo(new Device(Device.Kind.GPU, 3));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "tpu", "gpu:", "gpu:-1", "gpu:64", "gpu:x", "gpu:1:2", "cpu:0", "auto:0"})
    void whatIsNoDeviceIsRefused(String text) {
        assertThatThrownBy(() -> Device.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("expected auto, cpu, gpu or gpu:NUMBER");
    }
}
