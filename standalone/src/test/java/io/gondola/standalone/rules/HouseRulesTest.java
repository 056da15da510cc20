package io.gondola.standalone.rules;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.conditions.ArchConditions.callMethodWhere;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The arrows of the design and what pure code may not call, held over the compiled classes of all modules. */
class HouseRulesTest {

    private static final String PROTOCOL = "io.gondola.protocol..";
    private static final String CLUSTER = "io.gondola.cluster..";
    private static final String LAUNCH = "io.gondola.launch..";
    private static final String GATEWAY = "io.gondola.gateway..";
    private static final String SCHEDULER = "io.gondola.scheduler..";
    private static final String WORKER = "io.gondola.worker..";
    private static final String STANDALONE = "io.gondola.standalone..";
    private static final String CORE = "io.gondola.scheduler.core..";
    private static final String PRESENCE = "io.gondola.scheduler.presence..";
    private static final String INFERENCE_CORE = "io.gondola.scheduler.inference..";

    private static final String COLLECT = "io.gondola.scheduler.collect..";
    private static final String SIMULATION = "io.gondola.scheduler.simulation..";

    private static JavaClasses house;

    @BeforeAll
    static void readTheClasses() {
        house = new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .importPackages("io.gondola");
    }

    @Test
    void theWholeHouseIsLookedAt() {
        Set<String> modules = new TreeSet<>();
        house.forEach(type -> modules.add(type.getPackageName().split("\\.")[2]));
        assertThat(modules)
                .containsExactly("cluster", "gateway", "launch", "protocol", "scheduler", "standalone", "worker");
    }

    @Test
    void theProtocolKnowsNobody() {
        classes()
                .that()
                .resideInAPackage(PROTOCOL)
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(PROTOCOL, "java..", "org.jspecify..", "io.vertx.core.buffer..")
                .check(house);
    }

    @Test
    void onlyTheWireFormKnowsBuffers() {
        noClasses()
                .that()
                .resideInAnyPackage("io.gondola.protocol", "io.gondola.protocol.inference")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.vertx..", "io.gondola.protocol.wire..")
                .check(house);
    }

    @Test
    void rolesNeverSeeEachOther() {
        noRoleSees(GATEWAY, SCHEDULER, WORKER, STANDALONE);
        noRoleSees(SCHEDULER, GATEWAY, WORKER, STANDALONE);
        noRoleSees(WORKER, GATEWAY, SCHEDULER, STANDALONE);
    }

    @Test
    void theLaunchKnowsNobody() {
        noRoleSees(LAUNCH, PROTOCOL, CLUSTER, GATEWAY, SCHEDULER, WORKER, STANDALONE);
    }

    @Test
    void theClusterKnowsNoRole() {
        noRoleSees(CLUSTER, GATEWAY, SCHEDULER, WORKER, STANDALONE);
    }

    /** The process of a role knows the cluster; what it runs does not, and neither does everything in one process. */
    @Test
    void onlyProcessesKnowTheCluster() {
        noClasses()
                .that(resideInAnyPackage(GATEWAY, SCHEDULER, WORKER, STANDALONE)
                        .and(not(resideInAnyPackage(
                                "io.gondola.gateway.launch..",
                                "io.gondola.scheduler.launch..",
                                "io.gondola.worker.launch.."))))
                .should()
                .dependOnClassesThat()
                .resideInAPackage(CLUSTER)
                .check(house);
    }

    private static void noRoleSees(String role, String... others) {
        noClasses()
                .that()
                .resideInAPackage(role)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(others)
                .check(house);
    }

    @Test
    void theSchedulerCoreSeesOnlyJavaAndTheProtocol() {
        classes()
                .that()
                .resideInAPackage(CORE)
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(CORE, PRESENCE, COLLECT, "io.gondola.protocol", "java..", "org.jspecify..")
                .check(house);
        classes()
                .that()
                .resideInAPackage(PRESENCE)
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(PRESENCE, COLLECT, "io.gondola.protocol", "java..", "org.jspecify..")
                .check(house);
        classes()
                .that()
                .resideInAPackage(COLLECT)
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(COLLECT, "io.gondola.protocol", "java..", "org.jspecify..")
                .check(house);
        classes()
                .that()
                .resideInAPackage(INFERENCE_CORE)
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        INFERENCE_CORE,
                        "io.gondola.protocol",
                        "io.gondola.protocol.inference",
                        "java..",
                        "org.jspecify..")
                .check(house);
    }

    /** docs/adr/0006: what runs in production does not know that it is simulated. */
    @Test
    void theSchedulerDoesNotKnowItsSimulation() {
        noClasses()
                .that(resideInAPackage(SCHEDULER).and(not(resideInAPackage(SIMULATION))))
                .should()
                .dependOnClassesThat()
                .resideInAPackage(SIMULATION)
                .check(house);
        noClasses()
                .that()
                .resideInAPackage(SIMULATION)
                .should(callMethodWhere(DescribedPredicate.describe(
                        "calls a clock, chance or identity", HouseRulesTest::isClockChanceOrIdentity)))
                .check(house);
    }

    @Test
    void parsingAndEnginesDoNotSeeVertx() {
        noClasses()
                .that()
                .resideInAnyPackage(
                        "io.gondola.gateway.openai..", "io.gondola.gateway.text..", "io.gondola.worker.engine..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.vertx..")
                .check(house);
    }

    @Test
    void librariesStayInTheirRooms() {
        onlyIn("com.hazelcast..", CLUSTER);
        onlyIn("org.tensorflow..", "io.gondola.worker.engine.tensorflow..");
        onlyIn("ai.onnxruntime..", "io.gondola.worker.engine.onnx..");
        onlyIn("ai.djl..", "io.gondola.gateway.text..");
        onlyIn("com.hubspot..", "io.gondola.gateway.text..");
        onlyIn("io.vertx.grpc..", "io.gondola.gateway.grpc..");
        onlyIn(
                "com.google.protobuf..",
                "io.gondola.gateway.grpc..",
                "io.gondola.worker.engine.tensorflow..",
                "io.gondola.worker.repository..");
        onlyIn("triton..", "io.gondola.worker.repository..");
        onlyIn("inference..", "io.gondola.gateway.grpc..");
        onlyIn("picocli..", LAUNCH, "io.gondola.standalone.cli..");
        onlyIn("ch.qos.logback..", LAUNCH, "io.gondola.standalone.cli..");
    }

    private static void onlyIn(String library, String... rooms) {
        noClasses()
                .that(not(resideInAnyPackage(rooms)))
                .should()
                .dependOnClassesThat()
                .resideInAPackage(library)
                .allowEmptyShould(true)
                .check(house);
    }

    @Test
    void packagesHaveNoCycles() {
        slices().matching("io.gondola.(**)").should().beFreeOfCycles().check(house);
    }

    @Test
    void namesSayWhatAThingIs() {
        noClasses()
                .should()
                .haveSimpleNameEndingWith("Util")
                .orShould()
                .haveSimpleNameEndingWith("Utils")
                .orShould()
                .haveSimpleNameEndingWith("Helper")
                .orShould()
                .haveSimpleNameEndingWith("Common")
                .orShould()
                .haveSimpleNameEndingWith("Manager")
                .orShould()
                .haveSimpleNameEndingWith("Impl")
                .check(house);
    }

    /** The core and the planner get the time and draw no lots: the same input gives the same output. */
    @Test
    void pureCodeCallsNoClockThreadOrChance() {
        DescribedPredicate<JavaClass> pure = resideInAnyPackage(CORE, PRESENCE, COLLECT, INFERENCE_CORE)
                .or(DescribedPredicate.describe(
                        "the step planner", type -> type.getFullName().endsWith(".StepPlanner")));
        noClasses()
                .that(pure)
                .should()
                .dependOnClassesThat(resideInAnyPackage("java.io..", "java.net..", "java.nio..", "org.slf4j..")
                        .or(resideInAnyPackage("java.time..", "java.util.concurrent.."))
                        .or(anyOf(List.of(
                                "java.lang.Thread",
                                "java.lang.ThreadLocal",
                                "java.util.Random",
                                "java.util.SplittableRandom",
                                "java.util.UUID",
                                "java.util.Timer",
                                "java.util.Date"))))
                .check(house);
        noClasses()
                .that(pure)
                .should(callMethodWhere(DescribedPredicate.describe(
                        "calls a clock, chance or identity", HouseRulesTest::isClockChanceOrIdentity)))
                .check(house);
    }

    private static DescribedPredicate<JavaClass> anyOf(List<String> names) {
        return DescribedPredicate.describe(names.toString(), type -> names.contains(type.getFullName()));
    }

    private static boolean isClockChanceOrIdentity(JavaMethodCall call) {
        return Set.of(
                        "java.lang.System.nanoTime",
                        "java.lang.System.currentTimeMillis",
                        "java.lang.System.identityHashCode",
                        "java.lang.Math.random")
                .contains(call.getTargetOwner().getFullName() + "." + call.getName());
    }

    /** What would hold up an event loop, in the roles that run on nothing else. */
    @Test
    void gatewayAndSchedulerNeverSleep() {
        noClasses()
                .that()
                .resideInAnyPackage(GATEWAY, SCHEDULER)
                .should()
                .callMethod(Thread.class, "sleep", long.class)
                .check(house);
    }

    @Test
    void nothingIsSerializedByJava() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .haveFullyQualifiedName("java.io.ObjectOutputStream")
                .orShould()
                .dependOnClassesThat()
                .haveFullyQualifiedName("java.io.ObjectInputStream")
                .check(house);
    }

    @Test
    void everyPackageIsNullMarked() {
        Set<JavaPackage> packages = new java.util.HashSet<>();
        house.forEach(type -> packages.add(type.getPackage()));
        assertThat(packages).allMatch(each -> each.isAnnotatedWith(NullMarked.class));
    }
}
