package io.gondola.scheduler.simulation;

import java.util.List;
import java.util.Locale;

/** A line chart as inline SVG; its colours are the page's, by class names, so that it follows light and dark. */
final class SvgChart {

    /** One line: its colour of two, its stroke, and x and y of its points; NaN breaks it. */
    record Line(String name, int colour, boolean isDashed, double[] x, double[] y) {}

    private static final int WIDTH = 640;
    private static final int HEIGHT = 240;
    private static final int LEFT = 64;
    private static final int RIGHT = 12;
    private static final int TOP = 12;
    private static final int BOTTOM = 40;
    private static final int TICKS = 4;

    private SvgChart() {}

    static String draw(String title, String xUnit, String yUnit, List<Line> lines) {
        double xMax = max(lines, true);
        double yMax = niceAbove(max(lines, false));
        StringBuilder svg = new StringBuilder(
                        "<figure><figcaption>" + title + " <span>" + yUnit + "</span></figcaption>")
                .append("<svg viewBox='0 0 " + WIDTH + " " + HEIGHT + "' role='img' aria-label='" + title + "'>");
        for (int i = 0; i <= TICKS; i++) {
            double y = TOP + (HEIGHT - TOP - BOTTOM) * (1 - (double) i / TICKS);
            svg.append(text("<line class='grid' x1='%d' x2='%d' y1='%.1f' y2='%.1f'/>", LEFT, WIDTH - RIGHT, y, y))
                    .append(text(
                            "<text class='end' x='%d' y='%.1f'>%s</text>", LEFT - 6, y + 4, number(yMax * i / TICKS)));
        }
        double xStep = niceAbove(xMax / TICKS);
        for (double tick = 0; tick <= xMax; tick += xStep) {
            double x = LEFT + (WIDTH - LEFT - RIGHT) * tick / xMax;
            svg.append(text("<text class='mid' x='%.1f' y='%d'>%s</text>", x, HEIGHT - 22, number(tick)));
        }
        svg.append(text("<text class='mid' x='%d' y='%d'>%s</text>", (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 5, xUnit));
        for (int i = 0; i < lines.size(); i++) {
            svg.append("<path class='" + style(lines.get(i)) + "' d='" + path(lines.get(i), xMax, yMax) + "'/>");
        }
        svg.append("</svg><p class='legend'>");
        for (int i = 0; i < lines.size(); i++) {
            svg.append("<span><i class='" + style(lines.get(i)) + "'></i>"
                    + lines.get(i).name() + "</span>");
        }
        return svg.append("</p></figure>\n").toString();
    }

    private static String style(Line line) {
        return "line l" + line.colour() + (line.isDashed() ? " dashed" : "");
    }

    private static String path(Line line, double xMax, double yMax) {
        StringBuilder path = new StringBuilder();
        boolean isDown = false;
        for (int i = 0; i < line.x().length; i++) {
            if (Double.isNaN(line.y()[i])) {
                isDown = false;
                continue;
            }
            double x = LEFT + (WIDTH - LEFT - RIGHT) * line.x()[i] / xMax;
            double y = TOP + (HEIGHT - TOP - BOTTOM) * (1 - line.y()[i] / yMax);
            path.append(text("%s%.1f %.1f", isDown ? "L" : "M", x, y));
            isDown = true;
        }
        return path.toString();
    }

    private static double max(List<Line> lines, boolean isX) {
        double max = 0;
        for (Line line : lines) {
            for (double value : isX ? line.x() : line.y()) {
                max = Double.isNaN(value) ? max : Math.max(max, value);
            }
        }
        return max == 0 ? 1 : max;
    }

    /** The next of 1, 2, 4, 5, 8, 10 times a power of ten: a quarter of it is a short number. */
    static double niceAbove(double value) {
        double power = Math.pow(10, Math.floor(Math.log10(value)));
        for (double step : new double[] {1, 2, 4, 5, 8}) {
            if (value <= step * power) {
                return step * power;
            }
        }
        return 10 * power;
    }

    private static String number(double value) {
        return value >= 100 || value == Math.rint(value) ? text("%.0f", value) : text("%.2f", value);
    }

    private static String text(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }
}
