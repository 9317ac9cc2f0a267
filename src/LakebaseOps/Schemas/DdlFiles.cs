using System.Text;
using LakebaseOps.Operations;

namespace LakebaseOps.Schemas;

/// <summary>Reads files of DDL.</summary>
public static class DdlFiles
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The tables of all files that the paths name.</summary>
    /// <param name="paths">Files; a path that is no file of its own may hold wildcards in its last part.</param>
    /// <param name="defaultSchema">Schema of tables that are named without one.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="LakebaseException">FileNotFound, DdlSyntax, DdlNotSupported, InvalidName.</exception>
    public static async Task<IReadOnlyList<TableDefinition>> ReadAsync(
        IEnumerable<string> paths, string defaultSchema, CancellationToken cancellationToken)
    {
        List<TableDefinition> tables = [];
        foreach (string file in paths.SelectMany(Find))
        {
            string text = await TextAsync(file, cancellationToken).ConfigureAwait(false);
            tables.AddRange(DdlParser.Parse(text, file, defaultSchema).Tables);
        }

        return tables;
    }

    private static async Task<string> TextAsync(string file, CancellationToken cancellationToken)
    {
        try
        {
            return await File.ReadAllTextAsync(file, Strict, cancellationToken).ConfigureAwait(false);
        }
        catch (DecoderFallbackException exception)
        {
            throw new LakebaseError(ErrorIds.DdlSyntax, LakebaseErrorKind.InvalidArgument, $"'{file}' is not a text in UTF-8 or UTF-16.")
            { Target = file, Cause = exception, Remedy = "Save the file as UTF-8." }.ToException();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw NotFound(file, exception.Message, exception);
        }
    }

    private static IReadOnlyList<string> Find(string path)
    {
        string name = Path.GetFileName(path);
        if (File.Exists(path) || !Wildcard.IsPattern(name))
            return [path];
        string folder = Path.GetDirectoryName(path) is { Length: > 0 } given ? given : ".";
        string[] files = Directory.Exists(folder)
            ? [.. Directory.EnumerateFiles(folder).Where(file => Wildcard.Matches(name, Path.GetFileName(file))).Order(StringComparer.Ordinal)]
            : [];
        return files.Length > 0 ? files : throw NotFound(path, $"No file matches '{path}'.", null);
    }

    private static LakebaseException NotFound(string path, string reason, Exception? cause) =>
        new LakebaseError(ErrorIds.FileNotFound, LakebaseErrorKind.NotFound, reason)
        { Target = path, Cause = cause, Remedy = "Check the path; wildcards must match at least one file." }.ToException();
}
