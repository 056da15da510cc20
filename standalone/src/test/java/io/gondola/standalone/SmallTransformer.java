package io.gondola.standalone;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A model of embeddings so small that it can be computed by hand: {@code tanh((e + mean(e)) W)} for each token, where e is
 * the token's row of a table plus the row of its type. So every token sees every other, and padding that is taken for text
 * shows. Words are spelt: a token for each letter.
 */
final class SmallTransformer {

    static final int WIDTH = 16;
    static final int PAD = 0;
    static final int UNKNOWN = 1;
    static final int BEGIN = 2;
    static final int END = 3;
    private static final int LETTERS = 26;
    private static final int FIRST_LETTER = 4;
    static final int VOCABULARY = FIRST_LETTER + 2 * LETTERS;

    final float[][] table;
    final float[][] types;
    final float[][] weight;

    SmallTransformer(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        table = matrix(random, VOCABULARY);
        types = matrix(random, 2);
        weight = matrix(random, WIDTH);
    }

    private static float[][] matrix(SplittableRandom random, int rows) {
        float[][] matrix = new float[rows][WIDTH];
        for (float[] row : matrix) {
            for (int i = 0; i < WIDTH; i++) {
                row[i] = (float) random.nextDouble(-0.7, 0.7);
            }
        }
        return matrix;
    }

    /** The tokens of words of small letters, with the special tokens around them. */
    static int[] tokens(String text) {
        List<Integer> ids = new ArrayList<>(List.of(BEGIN));
        for (String word : text.strip().split("\\s+", -1)) {
            for (int i = 0; i < word.length(); i++) {
                int letter = word.charAt(i) - 'a';
                ids.add(letter < 0 || letter >= LETTERS ? UNKNOWN : FIRST_LETTER + letter + (i == 0 ? 0 : LETTERS));
            }
        }
        ids.add(END);
        return ids.stream().mapToInt(Integer::intValue).toArray();
    }

    /** The words of its tokenizer, by id. */
    static List<String> words() {
        List<String> words = new ArrayList<>(List.of("[PAD]", "[UNK]", "[CLS]", "[SEP]"));
        for (String prefix : List.of("", "##")) {
            for (char letter = 'a'; letter <= 'z'; letter++) {
                words.add(prefix + letter);
            }
        }
        return words;
    }

    /** The mean of the tokens' vectors. */
    double[] mean(int[] tokens) {
        double[] mean = new double[WIDTH];
        for (double[] vector : hidden(tokens)) {
            for (int i = 0; i < WIDTH; i++) {
                mean[i] += vector[i] / tokens.length;
            }
        }
        return mean;
    }

    /** The first token's vector. */
    double[] first(int[] tokens) {
        return hidden(tokens)[0];
    }

    /** The first so many numbers of a vector, at length 1. */
    static double[] normalized(double[] vector, int dimensions) {
        double[] result = Arrays.copyOf(vector, dimensions);
        double length = Math.sqrt(Arrays.stream(result).map(x -> x * x).sum());
        return Arrays.stream(result).map(x -> x / length).toArray();
    }

    private double[][] hidden(int[] tokens) {
        double[] context = new double[WIDTH];
        for (int token : tokens) {
            for (int i = 0; i < WIDTH; i++) {
                context[i] += (table[token][i] + types[0][i]) / tokens.length;
            }
        }
        double[][] hidden = new double[tokens.length][WIDTH];
        for (int t = 0; t < tokens.length; t++) {
            for (int o = 0; o < WIDTH; o++) {
                double sum = 0;
                for (int i = 0; i < WIDTH; i++) {
                    sum += (table[tokens[t]][i] + types[0][i] + context[i]) * weight[i][o];
                }
                hidden[t][o] = Math.tanh(sum);
            }
        }
        return hidden;
    }
}
