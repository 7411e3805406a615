button-save-preset = 💾 Save as a preset
ask-preset-name = What shall I call these settings? Up to { $limit } characters.
preset-name-too-long = That is longer than { $limit } characters. Please choose a shorter name.
preset-saved = The preset “{ $name }” is saved. All of them are in /presets.
presets-full = There are { $limit } presets already. Delete some in /presets.
presets-none =
    <b>⭐ Presets</b>
    None yet. Choose your settings in /settings and tap “💾 Save as a preset”.
presets-list =
    <b>⭐ Presets</b>
    Choose one.
preset-shown =
    <b>⭐ { $name }</b>
    { $work } · { $settings }
button-preset-apply = ✅ Use
button-preset-rename = ✏️ Rename
button-preset-delete = 🗑 Delete
preset-applied = Using the preset “{ $name }”
preset-deleted = The preset is deleted
preset-gone = That preset is gone.
