/** An image and the strokes over it, in the image's pixels. */
export class Painting {
  #strokes = [];

  constructor(canvas, picture) {
    Object.assign(this, { canvas, picture });
    canvas.width = picture.width;
    canvas.height = picture.height;
    this.pen = canvas.getContext("2d");
    this.#redraw();
  }

  get isEmpty() {
    return !this.#strokes.length;
  }

  begin(brush, point) {
    this.#strokes.push({ ...brush, points: [point] });
    this.#draw(this.#strokes.at(-1));
  }

  extend(point) {
    const stroke = this.#strokes.at(-1);
    stroke.points.push(point);
    this.#draw({ ...stroke, points: stroke.points.slice(-3) });
  }

  undo() {
    this.#strokes.pop();
    this.#redraw();
  }

  /** A JPEG of both, as Telegram's editor sends it. */
  flattened() {
    return new Promise((resolve) => this.canvas.toBlob(resolve, "image/jpeg", 0.92));
  }

  #redraw() {
    this.pen.drawImage(this.picture, 0, 0);
    for (const stroke of this.#strokes) this.#draw(stroke);
  }

  #draw({ colour, width, points: [first, ...others] }) {
    Object.assign(this.pen, {
      strokeStyle: colour,
      lineWidth: width,
      lineCap: "round",
      lineJoin: "round",
    });
    this.pen.beginPath();
    this.pen.moveTo(first.x, first.y);
    // Canvas does not draw a line of zero length, so a dot needs a minimal one.
    this.pen.lineTo(first.x + 0.01, first.y);
    for (const { x, y } of others) this.pen.lineTo(x, y);
    this.pen.stroke();
  }
}
