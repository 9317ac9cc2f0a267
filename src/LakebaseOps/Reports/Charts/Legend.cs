using LakebaseOps.Latency;

namespace LakebaseOps.Reports.Charts;

/// <summary>One key of a legend.</summary>
/// <param name="Text">What it stands for.</param>
/// <param name="Swatch">A small SVG without meaning of its own.</param>
/// <param name="Class">Class of what it stands for, when it can be switched off.</param>
internal sealed record LegendEntry(string Text, string Swatch, string Class = "");

/// <summary>Makes legend keys.</summary>
internal static class Legend
{
    /// <summary>Line and marker of each mode.</summary>
    public static IReadOnlyList<LegendEntry> Modes(IEnumerable<BackendMode> modes) =>
    [
        .. modes.Select(mode => new LegendEntry(
            mode.Name,
            $"<svg class=\"key {ModeLook.Class(mode)}\" aria-hidden=\"true\" width=\"30\" height=\"12\" viewBox=\"0 0 30 12\"><line x1=\"1\" y1=\"6\" x2=\"29\" y2=\"6\" class=\"ln\"/><path d=\"{ModeLook.Shape(ModeLook.Marker(mode), 15, 6, 4)}\" class=\"mk\"/></svg>",
            ModeLook.Class(mode))),
    ];

    /// <summary>A filled box for each class.</summary>
    public static IReadOnlyList<LegendEntry> Boxes(IEnumerable<(string Text, string Class)> boxes) =>
    [
        .. boxes.Select(box => new LegendEntry(
            box.Text,
            $"<svg class=\"key\" aria-hidden=\"true\" width=\"16\" height=\"12\" viewBox=\"0 0 16 12\"><rect x=\"0\" y=\"0\" width=\"16\" height=\"12\" rx=\"2\" class=\"{box.Class}\"/></svg>")),
    ];
}
