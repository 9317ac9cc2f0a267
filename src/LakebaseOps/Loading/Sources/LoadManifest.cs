using System.Text.Json;

namespace LakebaseOps.Loading.Sources;

/// <summary>
/// Reads a manifest: a JSON file that says which files are for which table, and what they must be. Paths are relative to the
/// manifest's own folder.
/// </summary>
internal sealed class LoadManifest(string path)
{
    /// <summary>The tables of the manifest with their files.</summary>
    /// <param name="only">The one table that is wanted; all when null.</param>
    /// <exception cref="LakebaseException">FileNotFound, InvalidArgument, InvalidName.</exception>
    public IReadOnlyList<TableFiles> Read(string? only)
    {
        List<TableFiles> tables = ReadAll();
        if (only is not null)
            tables.RemoveAll(table => table.Table != TableName.Parse(only));
        return tables.Count > 0 ? tables : throw Invalid($"has no files for {only}");
    }

    private List<TableFiles> ReadAll()
    {
        byte[] bytes;
        try
        {
            bytes = File.ReadAllBytes(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new LakebaseError(ErrorIds.FileNotFound, LakebaseErrorKind.NotFound, $"The manifest '{path}' cannot be read: {exception.Message}")
            { Target = path, Cause = exception, Remedy = "Check the path." }.ToException();
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(bytes, new JsonDocumentOptions { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip });
            JsonElement root = Members(document.RootElement, "the manifest", "tables");
            List<TableFiles> tables = [.. Items(root, "tables", "the manifest").Select(Table)];
            return tables.GroupBy(table => table.Table).FirstOrDefault(group => group.Count() > 1) is { } twice
                ? throw Invalid($"names the table {twice.Key} twice")
                : tables;
        }
        catch (JsonException exception)
        {
            throw Invalid($"is no JSON: {exception.Message}", exception);
        }
    }

    private TableFiles Table(JsonElement element)
    {
        Members(element, "a table", "table", "files");
        string name = Text(element, "table") ?? throw Invalid("has a table without 'table', its name");
        return new TableFiles(TableName.Parse(name), [.. Items(element, "files", name).SelectMany(file => Files(file, name))]);
    }

    private IEnumerable<LoadFile> Files(JsonElement element, string table)
    {
        if (element.ValueKind == JsonValueKind.String)
            return Expand(element.GetString()!).Select(file => new LoadFile(file));
        Members(element, $"a file of {table}", "path", "rows", "bytes", "sha256");
        string given = Text(element, "path") ?? throw Invalid($"has a file of {table} without 'path'");
        IReadOnlyList<string> found = Expand(given);
        LoadFile file = new(found[0]) { Rows = Number(element, "rows"), Bytes = Number(element, "bytes"), Sha256 = Text(element, "sha256") };
        if (found.Count > 1 && file != new LoadFile(found[0]))
            throw Invalid($"says of '{given}' how many rows or bytes it has, and that is {found.Count} files");
        if (file.Sha256 is { } hash && (hash.Length != 64 || !hash.All(char.IsAsciiHexDigit)))
            throw Invalid($"gives '{hash}' as SHA-256 of '{given}', which must be 64 hexadecimal digits");
        return found.Count > 1 ? found.Select(each => new LoadFile(each)) : [file];
    }

    private IReadOnlyList<string> Expand(string given) =>
        LoadFiles.Expand([Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, given)]);

    private IEnumerable<JsonElement> Items(JsonElement element, string name, string of)
    {
        if (!element.TryGetProperty(name, out JsonElement list) || list.ValueKind != JsonValueKind.Array || list.GetArrayLength() == 0)
            throw Invalid($"needs a list '{name}' in {of}");
        return list.EnumerateArray();
    }

    private JsonElement Members(JsonElement element, string what, params string[] known)
    {
        if (element.ValueKind != JsonValueKind.Object)
            throw Invalid($"has {element.ValueKind} where {what} should be");
        foreach (JsonProperty property in element.EnumerateObject())
        {
            if (!known.Contains(property.Name, StringComparer.Ordinal))
                throw Invalid($"says '{property.Name}' of {what}, which is not known; known are {string.Join(", ", known)}");
        }

        return element;
    }

    private string? Text(JsonElement element, string name) =>
        !element.TryGetProperty(name, out JsonElement value) ? null
        : value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text ? text
        : throw Invalid($"gives no text as '{name}'");

    private long? Number(JsonElement element, string name) =>
        !element.TryGetProperty(name, out JsonElement value) ? null
        : value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out long number) && number >= 0 ? number
        : throw Invalid($"gives no number of {name}");

    private LakebaseException Invalid(string how, Exception? cause = null) =>
        new LakebaseError(ErrorIds.InvalidArgument, LakebaseErrorKind.InvalidArgument, $"The manifest '{path}' {how}.")
        { Target = path, Cause = cause, Remedy = """It looks like {"tables": [{"table": "orders", "files": ["orders-*.csv"]}]}.""" }.ToException();
}
