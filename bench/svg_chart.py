"""Line charts over two logarithmic axes as SVG, with nothing but the standard library."""

import math

INK, FAINT, FONT = "#222222", "#dddddd", "font-family='sans-serif'"


class Chart:
    """Lines over two logarithmic axes; each line is named to the right of the frame."""

    WIDTH, HEIGHT = 860, 520
    LEFT, RIGHT, TOP, BOTTOM = 80, 190, 64, 64

    def __init__(self, title, subtitle, x_title, y_title):
        self.parts = [
            f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {self.WIDTH} {self.HEIGHT}'>",
            f"<rect width='{self.WIDTH}' height='{self.HEIGHT}' fill='white'/>"]
        self.text(self.LEFT, 28, title, 18, weight="bold")
        self.text(self.LEFT, 48, subtitle, 12, colour="#555555")
        middle = self.TOP + (self.HEIGHT - self.TOP - self.BOTTOM) / 2
        centre = (self.LEFT + self.WIDTH - self.RIGHT) / 2
        self.text(centre, self.HEIGHT - 16, x_title, 13, "middle")
        self.parts.append(f"<g transform='translate(20 {middle}) rotate(-90)'>")
        self.text(0, 0, y_title, 13, "middle")
        self.parts.append("</g>")

    def text(self, x, y, text, size, anchor="start", colour=INK, weight="normal"):
        text = text.replace("&", "&amp;").replace("<", "&lt;")
        self.parts.append(f"<text x='{x:.1f}' y='{y:.1f}' font-size='{size}' {FONT} fill='{colour}'"
                          f" text-anchor='{anchor}' font-weight='{weight}'>{text}</text>")

    def axes(self, x_values, y_values, x_name, y_name):
        """`x_values` are the marks; the marks of y are 1, 2 and 5 of each decade in reach."""
        self.x_reach = (math.log(x_values[0]), math.log(x_values[-1]))
        low, high = min(y_values) / 1.2, max(y_values) * 1.2
        self.y_reach = (math.log(low), math.log(high))
        right, bottom = self.WIDTH - self.RIGHT, self.HEIGHT - self.BOTTOM
        for value in x_values:
            x = self.x(value)
            self.parts.append(f"<path d='M{x:.1f} {self.TOP}V{bottom}' stroke='{FAINT}'/>")
            self.text(x, bottom + 20, x_name(value), 12, "middle")
        for power in range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1):
            for factor in (1, 2, 5):
                value = factor * 10.0**power
                if low <= value <= high:
                    y = self.y(value)
                    self.parts.append(
                        f"<path d='M{self.LEFT} {y:.1f}H{right}' stroke='{FAINT}'/>")
                    self.text(self.LEFT - 8, y + 4, y_name(value), 12, "end")
        self.parts.append(f"<path d='M{self.LEFT} {self.TOP}V{bottom}H{right}' fill='none'"
                          f" stroke='{INK}'/>")

    def x(self, value):
        low, high = self.x_reach
        width = self.WIDTH - self.LEFT - self.RIGHT
        return self.LEFT + width * (math.log(value) - low) / (high - low)

    def y(self, value):
        low, high = self.y_reach
        height = self.HEIGHT - self.TOP - self.BOTTOM
        return self.HEIGHT - self.BOTTOM - height * (math.log(value) - low) / (high - low)

    def lines(self, lines):
        """(name, colour, dashes, [(x, y)]); names move apart where lines end close together."""
        for _, colour, dashes, points in lines:
            path = " ".join(f"{self.x(x):.1f},{self.y(y):.1f}" for x, y in points)
            self.parts.append(f"<polyline points='{path}' fill='none' stroke='{colour}'"
                              f" stroke-width='2' stroke-dasharray='{dashes}'/>")
            for x, y in points:
                self.parts.append(f"<circle cx='{self.x(x):.1f}' cy='{self.y(y):.1f}' r='3'"
                                  f" fill='{colour}'/>")
        edge = self.WIDTH - self.RIGHT
        above = 0.0
        for name, colour, _, points in sorted(lines, key=lambda line: -line[3][-1][1]):
            end = self.y(points[-1][1])
            y = max(end, above + 16)
            above = y
            self.parts.append(f"<path d='M{edge + 4} {end:.1f}L{edge + 16} {y:.1f}'"
                              f" stroke='{colour}'/>")
            self.text(edge + 20, y + 4, name, 12, colour=colour)

    def svg(self):
        return "\n".join(self.parts) + "\n</svg>\n"
