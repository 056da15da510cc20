package io.gondola.worker.embedding;

/** Something that is done with a text's vector after pooling. */
interface VectorStep {

    /** The next vector; may be the same array. */
    float[] apply(float[] vector);

    /** How wide a vector is afterwards. */
    int widthAfter(int width);

    /** To length 1, as sentence-transformers' {@code Normalize}. */
    VectorStep NORMALIZE = new VectorStep() {

        private static final double LENGTH_MIN = 1e-12;

        @Override
        public float[] apply(float[] vector) {
            double squares = 0;
            for (float value : vector) {
                squares += (double) value * value;
            }
            double length = Math.max(Math.sqrt(squares), LENGTH_MIN);
            for (int i = 0; i < vector.length; i++) {
                vector[i] = (float) (vector[i] / length);
            }
            return vector;
        }

        @Override
        public int widthAfter(int width) {
            return width;
        }
    };
}
