namespace LakebaseOps.Reports;

/// <summary>The failures a report can end with.</summary>
internal static class ReportFault
{
    /// <summary>A chart or table was about to show a number that is none.</summary>
    public static LakebaseException NotFinite() => new LakebaseError(
        ErrorIds.ReportIncomplete, LakebaseErrorKind.InvalidData, "The run holds a number that is not finite where a chart or table shows it.")
    {
        Remedy = "Look for NaN or Infinity in the run record; a measurement never writes them.",
    }.ToException();

    /// <summary>A template and its values do not fit each other.</summary>
    public static LakebaseException Token(string name, string fault) => new LakebaseError(
        ErrorIds.ReportIncomplete, LakebaseErrorKind.Internal, $"The report's template {fault} '{name}'.")
    {
        Target = name,
        Remedy = "This is a fault of LakebaseOps: please report it.",
    }.ToException();

    /// <summary>What was read is not a run.</summary>
    public static LakebaseException NotARun(string target, string why, Exception? cause = null) => new LakebaseError(
        ErrorIds.RunRecordInvalid, LakebaseErrorKind.InvalidData, $"'{target}' is not a run record: {why}.")
    {
        Target = target,
        Cause = cause,
        Remedy = "Give the run.json of a workflow or measurement, its folder, or a report that LakebaseOps exported.",
    }.ToException();

    /// <summary>The output is there already.</summary>
    public static LakebaseException Exists(string path) => new LakebaseError(
        ErrorIds.FileExists, LakebaseErrorKind.Exists, $"'{path}' exists already.")
    {
        Target = path,
        Remedy = "Use -Force to replace it, or another -OutputPath.",
    }.ToException();

    /// <summary>The output cannot be written.</summary>
    public static LakebaseException NotWritable(string path, Exception cause) => new LakebaseError(
        ErrorIds.PathNotWritable, LakebaseErrorKind.Permission, $"'{path}' could not be written: {cause.Message}")
    {
        Target = path,
        Cause = cause,
        Remedy = "Choose a path that this account may use and that has space left.",
    }.ToException();
}
