namespace LakebaseOps.PowerShell.Tests.Sources;

/// <summary>The form of the repository's files.</summary>
public sealed class FormTests
{
    private const int LargestFile = 300 * 1024;
    private const int LongestSource = 300;

    [Fact]
    public void Only_text_is_tracked() =>
        Convention.Holds(TrackedFiles.All.Where(path => TrackedFiles.Bytes(path).Contains((byte)0)));

    [Fact]
    public void No_file_is_larger_than_300_KB() =>
        Convention.Holds(TrackedFiles.All.Where(path => TrackedFiles.Bytes(path).Length > LargestFile));

    [Fact]
    public void Lines_end_with_a_line_feed_alone() =>
        Convention.Holds(TrackedFiles.All.Where(path => TrackedFiles.Bytes(path).Contains((byte)'\r')));

    [Fact]
    public void Files_have_no_byte_order_mark() =>
        Convention.Holds(TrackedFiles.All.Where(path => TrackedFiles.Bytes(path) is [0xEF, 0xBB, 0xBF, ..]));

    [Fact]
    public void Files_end_with_a_line_feed() =>
        Convention.Holds(TrackedFiles.All.Where(path => TrackedFiles.Bytes(path) is { Length: > 0 } bytes && bytes[^1] != '\n'));

    [Fact]
    public void Sources_have_at_most_300_lines() =>
        Convention.Holds(TrackedFiles.All.Where(path => path.EndsWith(".cs", StringComparison.Ordinal))
            .Select(path => (path, Lines: TrackedFiles.Text(path).Count(character => character == '\n')))
            .Where(file => file.Lines > LongestSource).Select(file => $"{file.path}: {file.Lines}"));

    [Fact]
    public void The_top_level_holds_nothing_else() => Convention.Holds(TrackedFiles.All
        .Select(path => path.Split('/')[0]).Distinct()
        .Except(["src", "module", "tests", "build", ".ci", "LakebaseOps.sln", "LakebaseOps.psd1", "build.ps1", "README.md", "LICENSE", "CHANGELOG.md"])
        .Where(name => !name.StartsWith('.') && !name.StartsWith("Directory.", StringComparison.Ordinal)));

    [Fact]
    public void Nothing_speaks_of_one_machine() =>
        Convention.Holds(TrackedFiles.All.Where(path => !path.EndsWith("FormTests.cs", StringComparison.Ordinal)).Where(path =>
        {
            string text = TrackedFiles.Text(path);
            return text.Contains("/root/", StringComparison.Ordinal) || text.Contains(@"C:\Users\", StringComparison.OrdinalIgnoreCase);
        }));
}
