package io.gondola.gateway.text;

import com.hubspot.jinjava.el.ext.CollectionMembershipOperator;
import com.hubspot.jinjava.el.ext.CollectionNonMembershipOperator;
import com.hubspot.jinjava.el.ext.ExtendedParser;
import com.hubspot.jinjava.el.ext.NamedParameterOperator;
import java.util.ArrayList;
import java.util.List;
import jinjava.de.odysseus.el.tree.impl.Builder;
import jinjava.de.odysseus.el.tree.impl.Parser;
import jinjava.de.odysseus.el.tree.impl.Scanner;
import jinjava.de.odysseus.el.tree.impl.Scanner.Symbol;
import jinjava.de.odysseus.el.tree.impl.ast.AstBinary;
import jinjava.de.odysseus.el.tree.impl.ast.AstNode;
import jinjava.de.odysseus.el.tree.impl.ast.AstParameters;
import jinjava.de.odysseus.el.tree.impl.ast.AstUnary;

/**
 * Jinjava's expressions with the operators that mean another thing to Python: {@code and} gives one of its operands,
 * {@code not} holds for the whole comparison behind it, equality does not look into strings for numbers, and a named
 * argument may be any expression.
 */
final class PythonParser extends ExtendedParser {

    private PythonParser(Builder context, String input) {
        super(context, input);
        putExtensionHandler(CollectionMembershipOperator.TOKEN, comparison(PythonOperators.IN));
        putExtensionHandler(CollectionNonMembershipOperator.TOKEN, comparison(PythonOperators.NOT_IN));
    }

    /** What Jinjava makes its parsers with; found by its name, hence public with a constructor of no arguments. */
    public static final class Syntax extends Builder {

        private static final long serialVersionUID = 1;

        public Syntax(Feature... features) {
            super(features);
        }

        @Override
        protected Parser createParser(String expression) {
            return new PythonParser(this, expression);
        }
    }

    private static ExtensionHandler comparison(AstBinary.Operator operator) {
        return new ExtensionHandler(ExtensionPoint.CMP) {
            @Override
            public AstNode createAstNode(AstNode... children) {
                return new AstBinary(children[0], children[1], operator);
            }
        };
    }

    @Override
    protected AstNode and(boolean required) throws Scanner.ScanException, ParseException {
        AstNode node = negation(required);
        while (node != null && getToken().getSymbol() == Symbol.AND) {
            consumeToken();
            node = createAstBinary(node, negation(true), PythonOperators.AND);
        }
        return node;
    }

    private AstNode negation(boolean required) throws Scanner.ScanException, ParseException {
        if (getToken().getSymbol() == Symbol.NOT) {
            consumeToken();
            return createAstUnary(negation(true), AstUnary.NOT);
        }
        return eq(required);
    }

    @Override
    protected AstNode eq(boolean required) throws Scanner.ScanException, ParseException {
        AstNode node = cmp(required);
        while (node != null
                && (getToken().getSymbol() == Symbol.EQ || getToken().getSymbol() == Symbol.NE)) {
            boolean isEqual = consumeToken().getSymbol() == Symbol.EQ;
            node = createAstBinary(node, cmp(true), isEqual ? PythonOperators.EQUAL : PythonOperators.NOT_EQUAL);
        }
        return node;
    }

    @Override
    protected AstBinary createAstBinary(AstNode left, AstNode right, AstBinary.Operator operator) {
        AstBinary.Operator python = operator == AstBinary.MUL
                ? PythonOperators.TIMES
                : operator == AstBinary.MOD ? PythonOperators.PERCENT : operator;
        return super.createAstBinary(left, right, python);
    }

    /** Arguments, or the elements of a list; a comma may end them. */
    @Override
    protected AstParameters params(Symbol left, Symbol right) throws Scanner.ScanException, ParseException {
        consumeToken(left);
        List<AstNode> values = new ArrayList<>();
        while (getToken().getSymbol() != right) {
            values.add(argument());
            if (getToken().getSymbol() != Symbol.COMMA) {
                break;
            }
            consumeToken();
        }
        consumeToken(right);
        return createAstParameters(values);
    }

    private AstNode argument() throws Scanner.ScanException, ParseException {
        if (getToken().getSymbol() == Symbol.IDENTIFIER && lookahead(0) == NamedParameterOperator.TOKEN) {
            AstNode name = identifier(consumeToken().getImage());
            consumeToken();
            return NamedParameterOperator.HANDLER.createAstNode(name, expr(true));
        }
        return expr(true);
    }
}
