using System.Globalization;

namespace LakebaseOps.Loading.Wire;

/// <summary>A column as the COPY of a load sends it.</summary>
/// <param name="Name">Column name.</param>
/// <param name="Type">The type as format_type writes it.</param>
internal sealed record CopyColumn(string Name, string Type)
{
    /// <summary>What its values are; where the name does not say it, <see cref="TypeCatalog"/> does.</summary>
    public ColumnType Wire { get; init; } = ColumnType.Named(Type);

    /// <summary>True when the table takes no NULL.</summary>
    public bool IsRequired { get; init; }

    /// <summary>Characters of a text at most; 0 for any number.</summary>
    public int MostCharacters { get; } = Type.StartsWith("character", StringComparison.Ordinal) && Type.IndexOf('(', StringComparison.Ordinal) is int open and > 0
        && int.TryParse(Type.AsSpan(open + 1).TrimEnd(')'), NumberStyles.None, CultureInfo.InvariantCulture, out int most) ? most : 0;

    /// <summary>How its values are encoded.</summary>
    public ColumnKind Kind => Wire.Kind;
}
