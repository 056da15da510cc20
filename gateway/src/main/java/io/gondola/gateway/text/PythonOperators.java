package io.gondola.gateway.text;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.BiFunction;
import jinjava.de.odysseus.el.misc.NumberOperations;
import jinjava.de.odysseus.el.misc.TypeConverter;
import jinjava.de.odysseus.el.tree.Bindings;
import jinjava.de.odysseus.el.tree.impl.ast.AstBinary;
import jinjava.de.odysseus.el.tree.impl.ast.AstNode;
import jinjava.javax.el.ELContext;
import org.jspecify.annotations.Nullable;

/** Operators as Python has them. */
final class PythonOperators {

    /** The most characters or elements of a product of a string or list. */
    static final int REPEATED_MAX = 1_000_000;

    static final AstBinary.Operator EQUAL = of("==", PythonTypes::equal);
    static final AstBinary.Operator NOT_EQUAL = of("!=", (a, b) -> !PythonTypes.equal(a, b));
    static final AstBinary.Operator IN = of("in", (item, container) -> PythonTypes.contains(container, item));
    static final AstBinary.Operator NOT_IN = of("not in", (item, container) -> !PythonTypes.contains(container, item));
    static final AstBinary.Operator AND = new And();
    static final AstBinary.Operator TIMES = new Times();
    static final AstBinary.Operator PERCENT = new Percent();

    private PythonOperators() {}

    private static AstBinary.Operator of(
            String sign, BiFunction<@Nullable Object, @Nullable Object, Object> operation) {
        return new AstBinary.SimpleOperator() {
            @Override
            protected Object apply(TypeConverter converter, @Nullable Object left, @Nullable Object right) {
                return operation.apply(left, right);
            }

            @Override
            public String toString() {
                return sign;
            }
        };
    }

    /** The sum of two numbers, or one list behind another. */
    static Object plus(@Nullable Object left, @Nullable Object right) {
        if (left instanceof Collection<?> first && right instanceof Collection<?> second) {
            List<Object> both = new ArrayList<>(first);
            both.addAll(second);
            return both;
        }
        return NumberOperations.add(TypeConverter.DEFAULT, left, right);
    }

    private static final class And implements AstBinary.Operator {

        @Override
        public @Nullable Object eval(Bindings bindings, ELContext context, AstNode left, AstNode right) {
            Object value = left.eval(bindings, context);
            return PythonTypes.isTrue(value) ? right.eval(bindings, context) : value;
        }

        @Override
        public String toString() {
            return "and";
        }
    }

    /** Numbers, or a string or list as often as a number says. */
    private static final class Times extends AstBinary.SimpleOperator {

        @Override
        protected Object apply(TypeConverter converter, @Nullable Object left, @Nullable Object right) {
            if (left instanceof CharSequence text && right instanceof Number count) {
                return text.toString().repeat(times(text.length(), count));
            } else if (left instanceof Collection<?> items && right instanceof Number count) {
                List<Object> repeated = new ArrayList<>();
                for (int i = times(items.size(), count); i > 0; i--) {
                    repeated.addAll(items);
                }
                return repeated;
            } else if (left instanceof Number && (right instanceof CharSequence || right instanceof Collection<?>)) {
                return apply(converter, right, left);
            }
            return NumberOperations.mul(converter, left, right);
        }

        private static int times(int length, Number count) {
            long times = Math.max(0, count.longValue());
            if (Math.multiplyFull(length, (int) Math.min(times, Integer.MAX_VALUE)) > REPEATED_MAX) {
                throw new TemplateRefusal("it makes a text or list of more than " + REPEATED_MAX);
            }
            return length == 0 ? 0 : (int) times;
        }

        @Override
        public String toString() {
            return "*";
        }
    }

    /** The rest of a division, or a text with its places filled in. */
    private static final class Percent extends AstBinary.SimpleOperator {

        @Override
        protected Object apply(TypeConverter converter, @Nullable Object left, @Nullable Object right) {
            if (left instanceof CharSequence text) {
                Object[] values = right instanceof Collection<?> items ? items.toArray() : new Object[] {right};
                return PythonFormat.percent(text.toString(), values);
            }
            return left instanceof Long number && right instanceof Long by && by != 0
                    ? Math.floorMod(number, by)
                    : NumberOperations.mod(converter, left, right);
        }

        @Override
        public String toString() {
            return "%";
        }
    }
}
