using LakebaseOps.Latency;

namespace LakebaseOps.Reports.Charts;

/// <summary>Shape of a marker.</summary>
internal enum MarkerShape
{
    Circle,
    Square,
    Triangle,
    Diamond,
}

/// <summary>
/// How a mode looks everywhere: a hue (most of them Okabe and Ito's, safe for colour-blind readers), a marker and a dash, so that no
/// mode is told by colour alone.
/// </summary>
internal static class ModeLook
{
    /// <summary>Class that sets the mode's colour, dash and visibility.</summary>
    public static string Class(BackendMode mode) => $"m m{Number(mode)}";

    /// <summary>The mode's marker.</summary>
    public static MarkerShape Marker(BackendMode mode) => (MarkerShape)(Number(mode) % 4);

    /// <summary>Path data of a marker about a centre.</summary>
    public static string Shape(MarkerShape shape, double x, double y, double radius)
    {
        string At(double dx, double dy) => $"{SvgWriter.At(x + (dx * radius))} {SvgWriter.At(y + (dy * radius))}";
        return shape switch
        {
            MarkerShape.Square => $"M{At(-0.9, -0.9)}L{At(0.9, -0.9)}L{At(0.9, 0.9)}L{At(-0.9, 0.9)}Z",
            MarkerShape.Triangle => $"M{At(0, -1.15)}L{At(1.1, 0.85)}L{At(-1.1, 0.85)}Z",
            MarkerShape.Diamond => $"M{At(0, -1.25)}L{At(1.25, 0)}L{At(0, 1.25)}L{At(-1.25, 0)}Z",
            _ => $"M{At(-1, 0)}A{SvgWriter.At(radius)} {SvgWriter.At(radius)} 0 1 1 {At(1, 0)}A{SvgWriter.At(radius)} {SvgWriter.At(radius)} 0 1 1 {At(-1, 0)}Z",
        };
    }

    /// <summary>Draws a mode's marker.</summary>
    public static void Mark(SvgWriter svg, BackendMode mode, double x, double y, double radius, string? tip, bool hollow = false) =>
        svg.Path(Shape(Marker(mode), x, y, radius), hollow ? "mk ho" : "mk", tip);

    // PostgreSQL's modes by their own numbers, then the two that DynamoDB has.
    private static int Number(BackendMode mode) => mode.Backend == FeatureBackend.PostgreSql ? (int)mode.Mode
        : (int)FeatureMode.Wide + (mode.Mode == FeatureMode.Wide ? 2 : 1);
}
