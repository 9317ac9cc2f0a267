using System.Globalization;
using LakebaseOps.Serving;

namespace LakebaseOps.Latency;

/// <summary>Reads the keys of requests from a file: one request a line, a key for each entity, tabs between them.</summary>
internal static class KeyFile
{
    // Keys are kept in memory.
    private const int MostLines = 10_000_000;

    /// <summary>A key space for each entity of a plan; request n takes line n of all of them.</summary>
    /// <exception cref="LakebaseException">FileNotFound, InvalidArgument, KeyInvalid.</exception>
    public static IReadOnlyList<KeySpace> Read(string path, FeaturePlan plan)
    {
        List<object>[] keys = [.. plan.Entities.Select(_ => new List<object>())];
        try
        {
            foreach (string line in File.ReadLines(path).Where(line => line.Length > 0))
            {
                string[] texts = line.Split('\t');
                if (texts.Length != keys.Length)
                    throw Fault(path, $"line {keys[0].Count + 1} holds {texts.Length} keys and a request takes {keys.Length}");
                if (keys[0].Count == MostLines)
                    throw Fault(path, string.Create(CultureInfo.InvariantCulture, $"it has more than {MostLines:N0} lines"));
                for (int entity = 0; entity < keys.Length; entity++)
                    keys[entity].Add(Keys.Parse(plan.Entities[entity].Keys, texts[entity]));
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new LakebaseError(ErrorIds.FileNotFound, LakebaseErrorKind.NotFound, $"'{path}' could not be read: {exception.Message}")
            { Target = path, Cause = exception, Remedy = "Check the path and that this account may read it." }.ToException();
        }

        return keys[0].Count > 0 ? [.. keys.Select(list => new FileKeySpace(list, path))] : throw Fault(path, "it holds no keys");
    }

    private static LakebaseException Fault(string path, string why) => new LakebaseError(
        ErrorIds.InvalidArgument, LakebaseErrorKind.InvalidArgument, $"'{path}' is no file of keys: {why}.")
    {
        Target = path,
        Remedy = "Write one request a line: a key for each entity, in their order, with tabs between them.",
    }.ToException();
}
