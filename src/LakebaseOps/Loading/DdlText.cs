using LakebaseOps.Schemas;

namespace LakebaseOps.Loading;

/// <summary>Reads what -Ddl gives: the text itself, or a file.</summary>
internal static class DdlText
{
    /// <summary>The tables that it defines.</summary>
    /// <exception cref="LakebaseException">FileNotFound, what DDL refuses.</exception>
    public static async Task<DdlDocument> ParseAsync(string ddl, CancellationToken cancellationToken)
    {
        if (ddl.AsSpan().IndexOfAny('\n', '(') >= 0)
            return DdlParser.Parse(ddl);
        try
        {
            return DdlParser.Parse(await File.ReadAllTextAsync(ddl, cancellationToken).ConfigureAwait(false), ddl);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new LakebaseError(ErrorIds.FileNotFound, LakebaseErrorKind.NotFound, $"The DDL file '{ddl}' cannot be read: {exception.Message}")
            { Target = ddl, Cause = exception, Remedy = "Check the path." }.ToException();
        }
    }
}
