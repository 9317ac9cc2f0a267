namespace LakebaseOps.Loading.Wire;

/// <summary>A column as the COPY of a load sends it.</summary>
/// <param name="Name">Column name.</param>
/// <param name="Type">The type as format_type writes it.</param>
internal sealed record CopyColumn(string Name, string Type)
{
    /// <summary>What its values are; where the name does not say it, <see cref="TypeCatalog"/> does.</summary>
    public ColumnType Wire { get; init; } = ColumnType.Named(Type);

    /// <summary>How its values are encoded.</summary>
    public ColumnKind Kind => Wire.Kind;
}
