namespace LakebaseOps.Schemas;

/// <summary>Storage settings: WITH (name = value, ...).</summary>
internal static class StorageParser
{
    /// <summary>Reads the list behind WITH, each as the catalog keeps it: name=value.</summary>
    public static IReadOnlyList<string> Read(DdlReader reader)
    {
        List<string> settings = [];
        reader.ExpectSymbol("(");
        do
        {
            string name = Label(reader);
            if (reader.AcceptSymbol("."))
                name = $"{name}.{Label(reader)}";
            settings.Add($"{name}={(reader.AcceptSymbol("=") ? Value(reader) : "true")}");
        }
        while (reader.AcceptSymbol(","));
        reader.ExpectSymbol(")");
        return settings;
    }

    private static string Label(DdlReader reader) => reader.Current.Kind is DdlTokenKind.Word or DdlTokenKind.QuotedName
        ? reader.Take().Value
        : throw reader.Unexpected("a storage setting");

    private static string Value(DdlReader reader)
    {
        string sign = reader.AcceptSymbol("-") ? "-" : "";
        return reader.Current.Kind is DdlTokenKind.Word or DdlTokenKind.Number or DdlTokenKind.String
            ? sign + reader.Take().Value
            : throw reader.Unexpected("a value");
    }
}
